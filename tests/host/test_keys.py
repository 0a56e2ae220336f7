# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import call_command
from django.core.management.base import CommandError

from archipel.host import checks, locked, operations
from archipel.host.models import Host
from archipel.kernel import clock, keys
from archipel.mailing.models import Email
from tests import factories


@pytest.fixture
def own_keys(tmp_path, settings):
    """A data folder of this test alone, with keys."""
    settings.ARCHIPEL_DATA = tmp_path
    keys.ensure_keys(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def locked_emails(own_keys, db):
    factories.host(canary=keys.lock("archipel"))
    rows = [
        Email(
            message_id=f"<{rank}@test>", name="test", to_address="a@b.example", subject="x", language="fr", state="waiting",
            created_at=clock.now(), try_until=clock.now(), locked_body=keys.lock(f"secret {rank}"),
        )
        for rank in range(1300)
    ]  # fmt: skip
    Email.objects.bulk_create(rows)


def newest_key_only(folder: Path) -> Fernet:
    return Fernet((folder / "encryption-keys").read_text().split()[0])


def test_every_column_that_holds_secrets_is_registered():
    assert {(model._meta.label, field) for model, field in locked.columns()} == {
        ("admissions.Wave", "locked_seed"), ("conversations.Mailbox", "locked_secret"),
        ("conversations.Participant", "locked_token"), ("host.Host", "canary"), ("mailing.Email", "locked_body"), ("identity.SigningKey", "locked_private"), ("identity.SecretToHand", "locked_secret"), ("organisations.BatchPart", "locked_records"),
        ("organisations.BatchFile", "locked_content"), ("machines.BackupPlace", "locked_passphrase"), ("machines.BackupPlace", "locked_credentials"),
        ("spaces.SpaceSecret", "locked"),
    }  # fmt: skip


def test_every_json_column_that_holds_secrets_is_registered():
    assert [(model._meta.label, field, names) for model, field, names in locked.json_columns()] == [
        ("mfa.Authenticator", "data", ("secret", "seed"))
    ]


def test_every_column_named_locked_is_registered():
    from django.apps import apps

    named = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.fields
        if field.name.startswith("locked_")
    }
    assert named - {(model._meta.label, field) for model, field in locked.columns()} == set()


def test_rotation_locks_everything_with_the_new_key_alone(locked_emails, own_keys):
    assert operations.rotate_keys() == 1301

    new = newest_key_only(own_keys)
    opened = [new.decrypt(row.locked_body.encode()).decode() for row in Email.objects.order_by("pk")]
    assert opened == [f"secret {rank}" for rank in range(1300)]
    assert new.decrypt(Host.objects.get().canary.encode()) == b"archipel"


def test_a_rotation_cut_short_is_resumed_and_nothing_is_lost(locked_emails, own_keys):
    """The third batch meets a secret of another database: what the first two did stays, the rest goes on later."""
    broken = Email.objects.order_by("pk")[1200]
    good = broken.locked_body
    Email.objects.filter(pk=broken.pk).update(locked_body=Fernet(Fernet.generate_key()).encrypt(b"x").decode())
    with pytest.raises(CommandError, match=f"mailing.Email {broken.pk}"):
        call_command("rotate_keys")
    new = newest_key_only(own_keys)
    done = sum(is_opened_by(new, row.locked_body) for row in Email.objects.all())
    Email.objects.filter(pk=broken.pk).update(locked_body=good)
    opened = [keys.unlock(row.locked_body) for row in Email.objects.order_by("pk")]

    call_command("rotate_keys", "--resume", stdout=io.StringIO())

    assert (done, opened) == (1000, [f"secret {rank}" for rank in range(1300)])
    assert newest_key_only(own_keys)._encryption_key == new._encryption_key
    assert all(is_opened_by(new, row.locked_body) for row in Email.objects.all())


def is_opened_by(key: Fernet, locked_text: str) -> bool:
    try:
        key.decrypt(locked_text.encode())
    except InvalidToken:
        return False
    return True


def test_a_process_that_runs_opens_what_another_locked_with_a_new_key(own_keys):
    keys.lock("loaded")
    path = own_keys / "encryption-keys"
    other = Fernet.generate_key().decode()
    path.write_text(other + "\n" + path.read_text())

    assert keys.unlock(Fernet(other).encrypt(b"from elsewhere").decode()) == "from elsewhere"


def test_start_is_fine_with_the_right_keys(own_keys, db):
    factories.host(canary=keys.lock("archipel"))

    checks.check_start()


def test_start_is_fine_before_the_set_up(own_keys, db):
    checks.check_start()


@pytest.mark.parametrize("canary", ["", "another"])
def test_start_is_refused_with_the_keys_of_another_database(own_keys, db, canary):
    factories.host(canary=Fernet(Fernet.generate_key()).encrypt(b"archipel").decode() if canary else "")

    with pytest.raises(checks.StartRefused, match="belong to another one"):
        checks.check_start()


@pytest.mark.parametrize("name", ["", "secret-key", "encryption-keys"])
def test_start_is_refused_when_others_can_read_the_keys(own_keys, db, name):
    (own_keys / name).chmod(0o755)

    with pytest.raises(checks.StartRefused, match="chmod"):
        checks.check_start()


def test_start_is_refused_without_keys(own_keys, db):
    shutil.rmtree(own_keys)

    with pytest.raises(checks.StartRefused, match="is missing"):
        checks.check_start()


def test_start_is_refused_outside_the_demonstration_when_a_site_could_act_on_the_portal(own_keys, db, settings):
    settings.DEMONSTRATION = False
    factories.host(
        canary=keys.lock("archipel"), portal_url="https://portail.lescale.fr", sites_domain="sites.lescale.fr"
    )

    with pytest.raises(checks.StartRefused, match="another registered domain"):
        checks.check_start()


def test_the_command_says_why(own_keys, db):
    own_keys.chmod(0o755)

    with pytest.raises(CommandError, match="chmod 700"):
        call_command("check_start")
