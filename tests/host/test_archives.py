# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import io
import tarfile

import pytest

from archipel.host import archives

PASSPHRASE = "quatre bateaux bleus"
KEYS = {"secret-key": "s", "encryption-keys": "e"}


@pytest.fixture
def archive(tmp_path):
    """A back-up of two files."""
    (tmp_path / "one").write_bytes(b"un" * 5000)
    (tmp_path / "two").write_bytes(b"")
    file = tmp_path / "copy.archipel"
    with archives.written(file) as writer:
        writer.add(tmp_path / "one", "files/one")
        writer.add(tmp_path / "two", "files/deep/two")
        writer.add(tmp_path / "gone", "files/gone")
        writer.close({"database": "sqlite"}, KEYS, PASSPHRASE)
    return file


@pytest.fixture
def place(tmp_path):
    made = tmp_path / "place"
    made.mkdir()
    return made


def test_what_was_put_in_comes_out(archive, place):
    opened = archives.spread_out(archive, place, PASSPHRASE)

    assert (place / "files" / "one").read_bytes() == b"un" * 5000
    assert (place / "files" / "deep" / "two").read_bytes() == b""
    assert (opened.keys, sorted(opened.manifest["files"])) == (KEYS, ["files/deep/two", "files/one"])


def test_only_its_owner_reads_it(archive):
    assert archive.stat().st_mode & 0o777 == 0o600


def test_the_keys_cannot_be_read_in_it(archive):
    assert b"secret-key" not in archive.read_bytes()


def test_another_passphrase_opens_nothing(archive, place):
    with pytest.raises(archives.WrongPassphrase):
        archives.spread_out(archive, place, "quatre bateaux verts")


@pytest.mark.parametrize("mark", [b"files/one", b"unun", b"manifest.json", b"keys.locked", b'"token"'])
def test_a_file_cut_short_is_damaged(archive, place, mark):
    whole = archive.read_bytes()
    archive.write_bytes(whole[: whole.rindex(mark) + 4])

    with pytest.raises(archives.Damaged):
        archives.spread_out(archive, place, PASSPHRASE)


def test_one_changed_byte_is_found(archive, place):
    whole = bytearray(archive.read_bytes())
    whole[whole.index(b"unun") + 1] ^= 1
    archive.write_bytes(bytes(whole))

    with pytest.raises(archives.Damaged):
        archives.spread_out(archive, place, PASSPHRASE)


def test_a_list_of_files_that_somebody_rewrote_is_found(archive, place):
    whole = archive.read_bytes()
    archive.write_bytes(whole.replace(b'"database": "sqlite"', b'"database": "sqlitf"'))

    with pytest.raises(archives.Damaged):
        archives.spread_out(archive, place, PASSPHRASE)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "files/../../outside"])
def test_an_entry_never_leaves_the_folder(tmp_path, place, name):
    file = tmp_path / "hostile"
    with tarfile.open(file, "w") as tar:
        info = tarfile.TarInfo(name)
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))

    with pytest.raises(archives.Damaged):
        archives.spread_out(file, place, PASSPHRASE)

    assert not (tmp_path / "outside").exists()


def test_a_link_has_no_place_in_a_back_up(tmp_path, place):
    file = tmp_path / "hostile"
    with tarfile.open(file, "w") as tar:
        info = tarfile.TarInfo("files/link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)

    with pytest.raises(archives.Damaged):
        archives.spread_out(file, place, PASSPHRASE)


def test_what_fails_half_way_leaves_no_file(tmp_path):
    file = tmp_path / "copy"

    with pytest.raises(RuntimeError), archives.written(file):
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


def test_an_entry_that_swells_on_the_disk_is_refused(place, tmp_path):
    file = tmp_path / "sparse.archipel"
    info = tarfile.TarInfo("files/bomb")
    info.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(10**12), "GNU.sparse.name": "files/bomb"}
    with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(info)

    with pytest.raises(archives.Damaged):
        archives.spread_out(file, place, PASSPHRASE)
    assert list(place.iterdir()) == []
