# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import io
import stat
import zipfile

import pytest

from archipel.kernel.outside import RefusedOutside
from archipel.spaces import unpacking
from tests.spaces import bundles


def refusal(archive, tmp_path):
    """Return the code by which a bundle is refused, and what is left on disk."""
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(RefusedOutside) as refused:
        unpacking.unpack(archive, target)
    return refused.value.code


def test_whole_bundle_is_unpacked_byte_for_byte(tmp_path):
    manifest = unpacking.unpack(bundles.made({"a/é.txt": b"un", "b.json": b"{}"}), tmp_path)

    assert {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {
        "a/é.txt": b"un",
        "b.json": b"{}",
    }
    assert (manifest.host, manifest.application, manifest.size) == ("Le Goulet", "blogs", 4)


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (io.BytesIO(b"nothing"), "not_a_zip"),
        (bundles.packed({"index.html": b"x"}), "not_a_bundle"),
        (bundles.made(format="other/2"), "other_format"),
        (bundles.made(people=[{"name": "x", "email": "no address", "role": "member"}]), "not_a_bundle"),
        (bundles.made(people=[{"name": "x", "email": "x@x.example", "role": "administrator"}]), "not_a_bundle"),
        (bundles.made(people="everybody"), "not_a_bundle"),
        (bundles.made(space={"id": 3}), "not_a_bundle"),
        (bundles.made(files=[{"path": "/etc/passwd", "size": 1, "sha256": "0" * 64}]), "not_a_bundle"),
        (bundles.made({"../../out.txt": b"x"}), "bad_path"),
        (bundles.made({"a\\b.txt": b"x"}), "bad_path"),
        (bundles.made({"a//b.txt": b"x"}), "bad_path"),
        (bundles.changed(bundles.made(), manifestjson=b"[" * 100_000), "not_a_bundle"),
        (bundles.changed(bundles.made(), manifestjson=b"[1]"), "not_a_bundle"),
        (bundles.changed(bundles.made(), contentblogjson=b"{1"), "damaged"),
        (bundles.changed(bundles.made(), contentblogjson=b"{}x"), "damaged"),
        (bundles.changed(bundles.made(), contentblogjson=None), "damaged"),
        (bundles.changed(bundles.made(), CHECKSUMSsha256=b""), "damaged"),
        (bundles.changed(bundles.made(), READMEtxt=b"other"), "damaged"),
        (bundles.made(files=[]), "damaged"),
        (bundles.made({"bomb": b"0" * 300_000_000}), "too_large"),
    ],
    ids=range(20),
)
def test_bundle_that_is_not_whole_is_refused(archive, code, tmp_path):
    assert refusal(archive, tmp_path) == code


def test_link_in_a_bundle_is_refused(tmp_path):
    archive = bundles.made()
    with zipfile.ZipFile(archive, "a") as opened:
        info = zipfile.ZipInfo("content/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(info, "/etc/passwd")

    assert refusal(archive, tmp_path) == "link"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_path_that_is_there_twice_is_refused(tmp_path):
    archive = bundles.made()
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("content/blog.json", b"{}")

    assert refusal(archive, tmp_path) == "duplicate"


def test_same_bytes_told_many_times_are_refused(tmp_path):
    """Entries that share bytes grow without end, and sizes alone do not show it."""
    archive = bundles.made({"a": b"x" * 1000, "b": b"x" * 1000})
    with zipfile.ZipFile(archive) as opened:
        first = opened.getinfo("content/a").header_offset
        second = opened.getinfo("content/b").header_offset
    text = archive.getvalue()
    told = second.to_bytes(4, "little")
    at = text.rindex(told)
    archive = io.BytesIO(text[:at] + first.to_bytes(4, "little") + text[at + 4 :])

    assert refusal(archive, tmp_path) in {"too_large", "not_a_zip"}
