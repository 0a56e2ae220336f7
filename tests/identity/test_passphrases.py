# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which passphrases are refused, and the larger list that a host may load."""

from __future__ import annotations

import hashlib
import io
import sys
import time
import tracemalloc

import pytest
from django.core.management import CommandError, call_command

from archipel.history.models import Entry
from archipel.identity import breached, operations
from archipel.identity.operations import WeakPassphrase
from archipel.identity.operations.breached import ListRefused

GOOD = "une lampe sous trois escaliers"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """Lists of this test alone; keys stay where they are."""
    (tmp_path / "keys").symlink_to(settings.ARCHIPEL_DATA / "keys")
    settings.ARCHIPEL_DATA = tmp_path


def sha1(word: str) -> str:
    return hashlib.sha1(word.encode()).hexdigest()


@pytest.mark.parametrize(
    "passphrase",
    [
        "1q2w3e4r5t6y",  # Django's list
        "unbelievable",  # zxcvbn's, as it is
        "Unbelievable",
        "unbelievable2026!",
        "password12345",
        "soleilsoleil",
        "aaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "123456789012345",
        "!!!!!!!!!!!!!!!!",
    ],
)
def test_what_guessers_try_first_is_refused(alice, passphrase):
    with pytest.raises(WeakPassphrase):
        operations.set_passphrase(person=alice, passphrase=passphrase)


@pytest.mark.parametrize(
    "passphrase",
    [
        GOOD,
        "quatre bateaux bleus au port",
        "tout en petites lettres",  # no composition rule
        "éàü ñandú 漢字 пароль",
        "x" + "v9Q" * 30,
        "correct horse battery staple",
        "    deux mots, des espaces    ",
    ],
)
def test_long_enough_and_unknown_is_all_that_is_asked(alice, passphrase):
    operations.set_passphrase(person=alice, passphrase=passphrase)

    alice.refresh_from_db()
    assert alice.check_password(passphrase)


def test_short_one_is_told_one_thing_only(alice):
    with pytest.raises(WeakPassphrase) as refusal:
        operations.set_passphrase(person=alice, passphrase="password")

    assert str(refusal.value) == "Cette phrase de passe est trop courte\u00a0: il faut au moins 12 caractères."


def test_words_are_read_when_the_first_passphrase_is_chosen():
    """Loading Archipel reads no list; the lists themselves stay below 25 MB."""
    import subprocess

    script = (
        "import django; django.setup(); import sys;"
        "from archipel.identity import common_words; import archipel.config.urls;"
        "print('zxcvbn.frequency_lists' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=_environment()
    )
    tracemalloc.start()
    from archipel.identity.common_words import common_words

    common_words.cache_clear()
    sys.modules.pop("zxcvbn.frequency_lists", None)
    count, (used, _peak) = len(common_words()), tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (told.stdout.strip(), count > 90_000, used < 25_000_000) == ("False", True, True)


def _environment() -> dict[str, str]:
    import os

    return os.environ | {"DJANGO_SETTINGS_MODULE": "archipel.config.test_settings", "PYTHONPATH": "src"}


def test_loaded_words_and_hashes_are_refused(alice, db):
    lines = [b"tournesol en novembre\n", f"{sha1('les oies du capitaine').upper()}:42\r\n".encode(), b"\n"]
    lines += [f"{sha1('le chat de la voisine')}\n".encode()]

    count, size = operations.load_breached(name="liste", lines=lines)

    assert (count, size) == (3, breached.PLACES + 3 * 5)
    for stolen in ("tournesol en novembre", "les oies du capitaine", "le chat de la voisine"):
        with pytest.raises(WeakPassphrase) as refusal:
            operations.set_passphrase(person=alice, passphrase=stolen)
        assert "liste de phrases volées" in str(refusal.value)
    operations.set_passphrase(person=alice, passphrase=GOOD)
    assert Entry.objects.filter(what="identity.breached_loaded", details__count=3).count() == 1


def test_every_word_of_a_list_is_found_and_no_other(db):
    words = [f"phrase numéro {number}" for number in range(5_000)]

    operations.load_breached(name="grande", lines=(f"{word}\n".encode() for word in words))

    assert [word for word in words if not breached.is_breached(word)] == []
    assert [number for number in range(5_000) if breached.is_breached(f"autre chose {number}")] == []


def test_lines_are_streamed_and_answers_are_quick(db):
    """A list of 100,000 takes less memory than it has bytes, and one question less than five milliseconds."""
    from archipel.identity.operations import load_breached

    source = (
        f"{hashlib.sha1(str(number).encode()).hexdigest().upper()}:{number}\n".encode() for number in range(100_000)
    )
    tracemalloc.start()
    count, size = load_breached(name="longue", lines=source)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    started = time.perf_counter()
    answers = [breached.is_breached(str(number)) for number in range(0, 100_000, 1_000)]
    each = (time.perf_counter() - started) / len(answers)

    assert (count, all(answers)) == (100_000, True)
    assert (size < 1_100_000, peak < 4_000_000, each < 0.005) == (True, True, True)


def test_list_of_the_same_name_is_replaced_and_others_stay(db):
    operations.load_breached(name="a", lines=[b"un\n"])
    operations.load_breached(name="b", lines=[b"deux\n"])
    operations.load_breached(name="a", lines=[b"trois\n"])

    assert [breached.is_breached(word) for word in ("un", "deux", "trois")] == [False, True, True]


def test_loading_cut_short_leaves_the_former_list(db):
    operations.load_breached(name="a", lines=[b"un\n"])

    def broken():
        yield b"deux\n"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        operations.load_breached(name="a", lines=broken())

    assert [breached.is_breached(word) for word in ("un", "deux")] == [True, False]
    assert [path.name for path in breached.folder().iterdir()] == ["a.hashes"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden"])
def test_name_of_a_list_stays_in_its_folder(db, name):
    with pytest.raises(ListRefused):
        operations.load_breached(name=name, lines=[b"un\n"])


def test_command_reads_a_file_or_a_pipe(db, tmp_path, monkeypatch, capsys):
    (tmp_path / "rockyou.txt").write_bytes(b"un\ndeux\n\xff\xfe\n")
    call_command("load_breached", str(tmp_path / "rockyou.txt"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"trois\n")))
    call_command("load_breached", "-", "--name", "pipe")

    assert [line.split(" breached")[0] for line in capsys.readouterr().out.splitlines()] == [
        "“rockyou” holds 3",
        "“pipe” holds 1",
    ]
    assert [breached.is_breached(word) for word in ("un", "deux", "trois", "quatre")] == [True, True, True, False]


def test_command_says_what_is_missing(db):
    with pytest.raises(CommandError, match=r"No such file.*Nothing was changed"):
        call_command("load_breached", "/nothing/here.txt")
