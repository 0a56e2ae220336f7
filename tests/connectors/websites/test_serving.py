# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser gets, by plain WSGI calls on each kind of store that opens no socket."""

from __future__ import annotations

import gzip
import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.fake import FaultyStore, MemoryStore
from archipel.connectors.websites.folder import FolderStore
from archipel.connectors.websites.media_types import media_type
from archipel.connectors.websites.serving import SitesApplication, find
from archipel.spaces.ports import HoldNotice
from tests.connectors.websites.conftest import a_spec, publish, steady

BIG = random.Random(7).randbytes(700_000)
PAGE = b"<h1>Bonjour</h1>" * 40
SITE = {
    "index.html": PAGE,
    "about.html": b"about file",
    "team/index.html": b"team folder",
    "both.html": b"both file",
    "both/index.html": b"both folder",
    "old/index.htm": b"old",
    "plain": b"no ending",
    "css/style.css": b"body{color:teal}" * 100,
    "été/à table.html": "bon appétit".encode(),
    "big.bin": BIG,
    "tiny.txt": b"0123456789",
    "empty.txt": b"",
    "report": b"not this one",
}


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    websites: WebsitesConnector
    application: SitesApplication
    space_id: str
    address: str

    def get(self, path: str = "/", method: str = "GET", *, host: str | None = None, **asked: str) -> Got:
        environ: dict[str, object] = {"SCRIPT_NAME": ""}
        path, _, query = path.partition("?")
        environ |= {"REQUEST_METHOD": method, "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query}
        environ["HTTP_HOST"] = self.address if host is None else host
        environ |= {f"HTTP_{name.upper()}": value for name, value in asked.items()}
        setup_testing_defaults(environ)
        seen: list[object] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            assert len(dict(headers)) == len(headers)
            seen.extend([int(status[:3]), dict(headers)])
            return lambda _: None

        answer = validator(self.application)(environ, start_response)  # type: ignore[arg-type]
        body = b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        status, headers = seen
        assert "Set-Cookie" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        return Got(status, headers, body)


@pytest.fixture(params=["memory", "folder"])
def store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else FolderStore(tmp_path)


@pytest.fixture
def opened(store) -> Site:
    spec = a_spec(title="La ressourcerie <des> Trois-Ponts", quota=None)
    websites = WebsitesConnector(store, lambda: datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC))
    websites.open(spec)
    application = SitesApplication(store, "sites.example", lambda address: f"https://portal.example/report/{address}")
    return Site(websites, application, spec.space_id, spec.address)


@pytest.fixture
def site(opened) -> Site:
    publish(opened.websites, opened.space_id, "v1", SITE)
    return opened


def tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


# Which site


def test_host_leads_to_its_site(site):
    assert site.get().body == PAGE
    assert site.get(host=f"{site.address.upper()}:8000").body == PAGE
    assert site.get(host=f"{site.address}.").body == PAGE


@pytest.mark.parametrize(
    "host",
    ["other.sites.example", "sites.example", "", "..", "a" * 300, "[::1]:80", "a/b", "é.example", "x\ty", "-", ":"],
)
def test_other_hosts_are_told_that_there_is_no_site(site, host):
    answer = site.get(host=host)

    assert answer.status == 404
    assert "Aucun site ne se trouve à l’adresse" in answer.body.decode()
    assert "No site lives at" in answer.body.decode()


def test_unknown_site_speaks_the_language_of_the_reader_first(site):
    french = site.get(host="no.example", accept_language="fr-FR,fr;q=0.9").body.decode()
    english = site.get(host="no.example", accept_language="en-GB").body.decode()

    assert re.search(r'<html lang="(\w+)">', french).group(1) == "fr"
    assert re.search(r'<html lang="(\w+)">', english).group(1) == "en"
    assert french.count("<h1>") == english.count("<h1>") == 1


def test_opened_site_shows_its_first_page(opened):
    answer = opened.get()

    assert answer.status == 200
    assert "Le site de La ressourcerie &lt;des&gt; Trois-Ponts vivra bientôt ici." in answer.body.decode()
    assert not re.search(rb"https?://|<script|<img|<link", answer.body)
    assert opened.get("/other").status == 404


def test_first_page_speaks_english_to_an_english_space(store):
    spec = a_spec(language="en", title="The shop")
    WebsitesConnector(store, lambda: datetime.now(UTC)).open(spec)
    site = Site(None, SitesApplication(store, "sites.example", str), spec.space_id, spec.address)  # type: ignore[arg-type]

    assert "The site of The shop will live here soon." in site.get().body.decode()


def test_published_and_restored_versions_show_at_once(site):
    assert site.get("/tiny.txt").body == b"0123456789"
    publish(site.websites, site.space_id, "v2", {"index.html": b"two"})
    assert site.get().body == b"two"
    assert site.get("/tiny.txt").status == 404
    site.websites.restore_version(site.space_id, "v1")
    assert site.get().body == PAGE
    site.websites.close(site.space_id)
    assert site.get().status == 404


def test_record_is_believed_as_long_as_the_store_says(store, site):
    assert site.get().body == PAGE
    store.freshness = 600.0
    publish(site.websites, site.space_id, "v2", {"index.html": b"two"})
    assert site.get().body == PAGE
    store.freshness = 0.0
    assert site.get().body == b"two"


# Which file


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", PAGE),
        ("/index.html", PAGE),
        ("/about", b"about file"),
        ("/about.html", b"about file"),
        ("/team/", b"team folder"),
        ("/team/index.html", b"team folder"),
        ("/both", b"both file"),
        ("/both/", b"both folder"),
        ("/old/", b"old"),
        ("/plain", b"no ending"),
        ("/été/à table.html", "bon appétit".encode()),
        ("/e\u0301te\u0301/a\u0300 table", "bon appétit".encode()),
        ("/empty.txt", b""),
    ],
)
def test_path_leads_to_its_file(site, path, body):
    answer = site.get(path)

    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["Content-Length"] == str(len(body))


def test_folder_without_its_slash_is_redirected(site):
    answer = site.get("/team?a=1&b=é\r\nX: y")

    assert (answer.status, answer.body) == (301, b"")
    assert answer.headers["Location"] == "/team/?a=1&b=%C3%A9%0D%0AX:%20y"


@pytest.mark.parametrize("path", ["/nothing", "//", "//team/", "/team//", "/../index.html", "/./index.html", "/team/../index.html", "/about/", "/css/", "/css", "/index.html/", "/a\x00b", "/\\index.html"])  # fmt: skip
def test_other_paths_are_missing(site, path):
    answer = site.get(path)

    assert answer.status == 404
    assert "Cette page n’existe pas" in answer.body.decode()


def test_path_that_is_no_utf_8_is_missing():
    assert find({"index.html": ("", 0)}, "/\xff\xfe") is None


@steady
@given(st.text(st.characters(max_codepoint=255)))
def test_any_path_is_answered(path):
    files = {"index.html": ("", 0), "a/index.html": ("", 0), "b.html": ("", 0)}

    assert find(files, path) in {None, "a/", *files}


def test_missing_page_of_the_site_itself_is_shown(opened):
    publish(opened.websites, opened.space_id, "v1", {"index.html": b"home", "404.html": b"lost?"})
    answer = opened.get("/nothing")

    assert (answer.status, answer.body) == (404, b"lost?")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert opened.get("/nothing", "HEAD").headers["Content-Length"] == "5"


def test_report_leads_to_the_portal_whatever_the_site_holds(site):
    for path in ("/report", "/report/"):
        answer = site.get(path)
        assert (answer.status, answer.headers["Location"]) == (303, f"https://portal.example/report/{site.address}")
    site.websites.hold(site.space_id, HoldNotice("suspended", "fr", "La Contre-Mer", "contact@host.example"))
    assert site.get("/report").status == 303


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(site, method):
    answer = site.get("/", method)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


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
        assert answer.body == SITE[path[1:]]


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
    publish(websites, spec.space_id, "v1", SITE)
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
    publish(websites, spec.space_id, "v1", SITE)
    environ: dict[str, object] = {"HTTP_HOST": spec.address, "PATH_INFO": "/big.bin"}
    setup_testing_defaults(environ)

    answer = SitesApplication(store, "sites.example", str)(environ, lambda *_: None)  # type: ignore[arg-type,return-value]
    next(iter(answer))
    answer.close()  # type: ignore[attr-defined]

    assert answer._content.closed  # type: ignore[attr-defined]


# Holds and trouble


def test_suspended_site_says_who_to_write_to(site):
    site.websites.hold(site.space_id, HoldNotice("suspended", "fr", "La Contre-Mer", "contact@host.example"))
    answer = site.get("/about")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "3600")
    assert '<a href="mailto:contact@host.example">' in answer.body.decode()
    assert "La Contre-Mer a suspendu ce site" in answer.body.decode()
    site.websites.hold(site.space_id, HoldNotice("suspended", "en", "La Contre-Mer", "https://host.example/help"))
    assert '<a href="https://host.example/help">' in site.get().body.decode()
    site.websites.release(site.space_id)
    assert site.get().body == PAGE


def test_notice_cannot_carry_markup(site):
    site.websites.hold(site.space_id, HoldNotice("suspended", "fr", "<b>", 'javascript:alert("1")@x'))
    body = site.get().body.decode()

    assert "<b>" not in body
    assert 'href="mailto:javascript:alert(&quot;1&quot;)@x"' in body


def test_read_only_site_is_shown_as_ever(site):
    site.websites.hold(site.space_id, HoldNotice("read_only", "fr", "La Contre-Mer", "contact@host.example"))

    assert site.get().body == PAGE


def test_silent_store_is_a_pause_not_a_crash(store):
    spec = a_spec()
    faults = FaultyStore(store)
    websites = WebsitesConnector(faults, lambda: datetime.now(UTC))
    websites.open(spec)
    publish(websites, spec.space_id, "v1", {"index.html": b"one"})
    site = Site(websites, SitesApplication(faults, "sites.example", str), spec.space_id, spec.address)
    for fault in ("silent", "refusing"):
        faults.fail(fault)
        answer = site.get()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    faults.heal()
    assert site.get().body == b"one"


def test_lost_file_is_a_pause_not_a_crash(site):
    site.websites.store.delete([blob.key for blob in site.websites.store.list(f"spaces/{site.space_id}/blobs/")])

    assert site.get("/big.bin").status == 503
    assert site.get("/", accept_encoding="gzip").status == 503


def test_memory_of_the_reader_is_bounded(site):
    for number in range(4100):
        site.get(host=f"n{number}.example")

    assert site.application._reader._records._total <= 4000
    assert site.get().body == PAGE


def test_file_of_another_site_is_never_shown(site):
    other = a_spec()
    site.websites.open(other)
    publish(site.websites, other.space_id, "v1", {"index.html": b"other", "only-here.html": b"x"})

    assert site.get("/only-here.html").status == 404
    assert site.get("/", host=other.address).body == b"other"
    assert site.get().body == PAGE
