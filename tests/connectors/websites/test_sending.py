# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a file is sent: types, validators, parts, compression, streams (RFC 9110)."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from wsgiref.util import FileWrapper, setup_testing_defaults

import pytest

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.folder import FolderStore
from archipel.connectors.websites.media_types import media_type
from archipel.connectors.websites.serving import SitesApplication
from tests.connectors.websites.browsing import BIG, PAGE, PAGES, tag
from tests.connectors.websites.conftest import a_spec, publish

# How it is sent


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("a/STYLE.CSS", "text/css; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("carte.geojson", "application/geo+json; charset=utf-8"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("photo.webp", "image/webp"),
        ("film.webm", "video/webm"),
        ("font.woff2", "font/woff2"),
        ("app.wasm", "application/wasm"),
        ("statuts.pdf", "application/pdf"),
        ("LICENSE", "text/plain; charset=utf-8"),
        ("what.ever", "application/octet-stream"),
        ("a.html/noending", "application/octet-stream"),
        (".htaccess", "application/octet-stream"),
    ],
)
def test_types_are_ours(path, kind):
    assert media_type(path) == kind


def test_headers_of_a_page_and_of_a_file(site):
    page, style = site.get("/"), site.get("/css/style.css")

    assert page.headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-cache",
        "Last-Modified": "Sun, 01 Mar 2026 12:30:15 GMT",
        "Vary": "Accept-Encoding",
        "ETag": tag(PAGE),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Length": str(len(PAGE)),
    }
    assert style.headers["Cache-Control"] == "max-age=300"


@pytest.mark.parametrize("path", ["/", "/big.bin", "/nothing", "/report", "/team", "/empty.txt"])
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_head_tells_what_get_would(site, path, accepted):
    got, told = site.get(path, accept_encoding=accepted), site.get(path, "HEAD", accept_encoding=accepted)

    assert (told.status, told.headers, told.body) == (got.status, got.headers, b"")


def test_known_file_is_not_sent_again(site):
    for header in (tag(PAGE), f'W/{tag(PAGE)}, "other"', f'"other", {tag(PAGE)}', "*"):
        answer = site.get("/", if_none_match=header)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == tag(PAGE)
        assert "Content-Length" not in answer.headers
    assert site.get("/", if_modified_since="Sun, 01 Mar 2026 12:30:15 GMT").status == 304


def test_other_file_is_sent(site):
    assert site.get("/", if_none_match='"other"').status == 200
    assert site.get("/", if_none_match='"other"', if_modified_since="Sun, 01 Mar 2026 12:30:15 GMT").status == 200
    assert site.get("/", if_modified_since="Mon, 02 Mar 2026 12:30:15 GMT").status == 200
    assert site.get("/", if_modified_since="yesterday").status == 200


def test_text_is_compressed_when_wished(site):
    answer = site.get("/", accept_encoding="br, gzip;q=0.5")

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["ETag"] == f'{tag(PAGE)[:-1]}-gzip"'
    assert gzip.decompress(answer.body) == PAGE
    assert answer.body == site.get("/", accept_encoding="gzip").body
    assert site.get("/", accept_encoding="gzip", if_none_match=answer.headers["ETag"]).status == 304
    assert site.get("/", accept_encoding="gzip", if_none_match=tag(PAGE)).status == 200
    assert site.get("/", if_none_match=answer.headers["ETag"]).status == 200


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "identity, gzip;q=0.0", "*;q=0", "gzip;q=high"])
def test_text_is_sent_plain_otherwise(site, accepted):
    assert "Content-Encoding" not in site.get("/", accept_encoding=accepted).headers


def test_small_and_binary_files_are_not_compressed(site):
    for path in ("/tiny.txt", "/big.bin"):
        answer = site.get(path, accept_encoding="gzip")
        assert "Content-Encoding" not in answer.headers
        assert answer.body == PAGES[path[1:]]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=699900-", 699_900, 699_999), ("bytes=-10", 699_990, 699_999), ("bytes=5-5", 5, 5), ("bytes=699999-9999999", 699_999, 699_999), ("bytes=-9999999", 0, 699_999), ("bytes=1000-600000", 1000, 600_000)],
)  # fmt: skip
def test_part_is_sent(site, asked, first, last):
    answer = site.get("/big.bin", range=asked)

    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/700000"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.body == BIG[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=700000-", "bytes=800000-900000", "bytes=-0"])
def test_part_outside_is_refused(site, asked):
    answer = site.get("/big.bin", range=asked)

    assert (answer.status, answer.headers["Content-Range"], answer.body) == (416, "bytes */700000", b"")


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=-", "bytes=9-3", "bytes=a-b", "0-10", "bytes=1-2-3"]
)
def test_other_wishes_get_the_whole(site, asked):
    answer = site.get("/big.bin", range=asked)

    assert (answer.status, answer.body) == (200, BIG)


def test_part_of_another_version_gets_the_whole(site):
    assert site.get("/big.bin", range="bytes=0-1", if_range=tag(BIG)).status == 206
    assert site.get("/big.bin", range="bytes=0-1", if_range="Sun, 01 Mar 2026 12:30:15 GMT").status == 206
    assert site.get("/big.bin", range="bytes=0-1", if_range='"other"').status == 200
    assert site.get("/big.bin", range="bytes=0-1", if_range="Sat, 28 Feb 2026 12:30:15 GMT").status == 200


def test_part_of_a_text_is_a_part_of_the_text_itself(site):
    answer = site.get("/", range="bytes=4-10", accept_encoding="gzip")

    assert (answer.status, answer.body) == (206, b"Bonjour")


def test_part_of_an_empty_file_is_refused(site):
    assert site.get("/empty.txt", range="bytes=0-").status == 416


def test_real_file_is_handed_to_the_server(tmp_path):
    store = FolderStore(tmp_path)
    spec = a_spec(quota=None)
    websites = WebsitesConnector(store, lambda: datetime.now(UTC))
    websites.open(spec)
    publish(websites, spec.space_id, "v1", PAGES)
    application = SitesApplication(store, "sites.example", str)
    environ: dict[str, object] = {"HTTP_HOST": spec.address, "PATH_INFO": "/big.bin", "wsgi.file_wrapper": FileWrapper}
    setup_testing_defaults(environ)

    answer = application(environ, lambda *_: None)  # type: ignore[arg-type,return-value]

    assert isinstance(answer, FileWrapper)
    assert b"".join(answer) == BIG
    answer.close()


def test_body_is_closed_when_the_reader_leaves(tmp_path):
    store = FolderStore(tmp_path)
    spec = a_spec(quota=None)
    websites = WebsitesConnector(store, lambda: datetime.now(UTC))
    websites.open(spec)
    publish(websites, spec.space_id, "v1", PAGES)
    environ: dict[str, object] = {"HTTP_HOST": spec.address, "PATH_INFO": "/big.bin"}
    setup_testing_defaults(environ)

    answer = SitesApplication(store, "sites.example", str)(environ, lambda *_: None)  # type: ignore[arg-type,return-value]
    next(iter(answer))
    answer.close()  # type: ignore[attr-defined]

    assert answer._content.closed  # type: ignore[attr-defined]
