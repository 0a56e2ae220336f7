# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import stat

import pytest

from archipel.kernel import keys


@pytest.fixture
def folder(settings, tmp_path):
    settings.ARCHIPEL_DATA = tmp_path
    keys._box_of.cache_clear()
    keys.ensure_keys(tmp_path / "keys")
    yield tmp_path / "keys"
    keys._box_of.cache_clear()


def test_keys_are_readable_by_their_owner_alone(folder):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"secret-key": 0o600, "encryption-keys": 0o600}


def test_keys_are_made_once(folder):
    assert keys.ensure_keys(folder) == keys.ensure_keys(folder)


def test_a_new_key_opens_what_older_ones_locked(folder):
    locked = keys.lock("secret of the mailbox")
    keys.add_encryption_key(folder)
    assert keys.unlock(locked) == "secret of the mailbox"
    assert keys.unlock(keys.relock(locked)) == "secret of the mailbox"
    assert stat.S_IMODE((folder / "encryption-keys").stat().st_mode) == 0o600


def test_another_key_does_not_open(folder):
    locked = keys.lock("secret")
    (folder / "encryption-keys").unlink()
    keys.ensure_keys(folder)
    keys._box_of.cache_clear()
    with pytest.raises(keys.KeyDoesNotOpen):
        keys.unlock(locked)
