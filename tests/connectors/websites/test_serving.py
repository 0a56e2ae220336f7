# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser gets: which site, which file, holds and trouble."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.fake import FaultyStore
from archipel.connectors.websites.records import site_key
from archipel.connectors.websites.serving import SitesApplication, find
from archipel.spaces.ports import HoldNotice
from tests.connectors.websites.browsing import PAGE, Site
from tests.connectors.websites.conftest import a_spec, publish, steady

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


def test_first_page_speaks_english_to_an_english_space(served_store):
    spec = a_spec(language="en", title="The shop")
    WebsitesConnector(served_store, lambda: datetime.now(UTC)).open(spec)
    site = Site(None, SitesApplication(served_store, "sites.example", str), spec.space_id, spec.address)  # type: ignore[arg-type]

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


def test_record_is_believed_as_long_as_the_store_says(served_store, site):
    assert site.get().body == PAGE
    served_store.freshness = 600.0
    publish(site.websites, site.space_id, "v2", {"index.html": b"two"})
    assert site.get().body == PAGE
    served_store.freshness = 0.0
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


@pytest.mark.parametrize(
    ("cause", "french", "english"),
    [
        ("host", "La Contre-Mer a suspendu ce site", "La Contre-Mer has suspended this site"),
        ("own_wish", "Celles et ceux qui le publient l’ont mis en pause", "Those who publish it have paused it"),
        ("maintenance", "il revient bientôt", "it will be back soon"),
        ("closing", "Sa fermeture a été demandée", "Its closing was asked for"),
    ],
)
def test_suspended_site_says_whose_act_it_is(site, cause, french, english):
    for language, words in (("fr", french), ("en", english)):
        site.websites.hold(site.space_id, HoldNotice("suspended", language, "La Contre-Mer", "a@host.example", cause))
        body = site.get().body.decode()
        assert (words in body, body.count("La Contre-Mer")) == (True, int(cause in {"host", "maintenance"}))


def test_record_written_before_causes_were_told_is_read(site):
    site.websites.hold(site.space_id, HoldNotice("suspended", "fr", "La Contre-Mer", "contact@host.example"))
    key = site_key(site.space_id)
    content, tag = site.websites.store.get(key)
    record = json.loads(content)
    del record["hold"]["cause"]
    site.websites.store.swap(key, json.dumps(record).encode(), tag)

    assert site.get().status == 503


def test_notice_cannot_carry_markup(site):
    site.websites.hold(site.space_id, HoldNotice("suspended", "fr", "<b>", 'javascript:alert("1")@x'))
    body = site.get().body.decode()

    assert "<b>" not in body
    assert 'href="mailto:javascript:alert(&quot;1&quot;)@x"' in body


def test_read_only_site_is_shown_as_ever(site):
    site.websites.hold(site.space_id, HoldNotice("read_only", "fr", "La Contre-Mer", "contact@host.example"))

    assert site.get().body == PAGE


def test_silent_store_is_a_pause_not_a_crash(served_store):
    spec = a_spec()
    faults = FaultyStore(served_store)
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
