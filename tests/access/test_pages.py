# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each page asked as everybody, with what is theirs and with what is another organisation's, to read and to act."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.access import ways
from tests.access.people import ANONYMOUS, EVERYBODY, NOBODY, OURS, Who, asked_of, who
from tests.access.rows import ACCOUNT, NOT_PAGES, PUBLIC, ROWS, Row
from tests.access.world import World, fingerprint

pytestmark = pytest.mark.django_db
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
# What an act may answer to who has the right: done, shown again with what is wrong, or no longer possible.
ACTED = {"page", "file", "moved", "answer 201", "answer 409", "answer 410", "answer 422"}
TOKEN = re.compile(rb'csrfmiddlewaretoken" value="[^"]+"|name="next" value="[^"]*"|next=[^"]*')


@pytest.fixture(scope="module")
def signed_in(world):
    opened = {name: ways.client_of(world, name) for name in sorted(EVERYBODY)}
    return opened, {name: browser.cookies.output() for name, browser in opened.items()}


@pytest.fixture
def browsers(signed_in):
    """One browser a person, its cookies as they were when the person had just signed in."""
    opened, cookies = signed_in
    for name, browser in opened.items():
        browser.cookies.clear()
        browser.cookies.load(cookies[name].removeprefix("Set-Cookie: "))
    return opened


def test_every_address_has_a_row_and_every_row_an_address():
    rows = {row.name for row in ROWS} | set(NOT_PAGES)
    assert (ways.named_addresses() - rows, rows - ways.named_addresses()) == (set(), set())


def test_rows_are_said_once_and_public_ones_say_why():
    assert [label for label, times in Counter(row.label for row in ROWS).items() if times > 1] == []
    open_to_all = [row for row in ROWS if ANONYMOUS in (row.get or set()) | (row.post or set())]
    assert [row.label for row in open_to_all if not row.reason or row not in [*PUBLIC, *ACCOUNT]] == []


@each_row
def test_page_is_shown_to_those_who_may_read_it(row: Row, world: World, browsers):
    asked = sorted(EVERYBODY if row.get != EVERYBODY else asked_of(row.get))
    found = {name: _read(browsers[name], row, world) for name in asked}
    assert found == {name: _expected(row, row.get, name, found[name]) for name in asked}


def _read(browser, row: Row, world: World, side: str = "own", **others: str) -> str:
    cache.clear()
    return ways.kind_of(browser.get(ways.address_of(row, world, side, **others)))


def _expected(row: Row, may: Who | None, name: str, answered: str) -> str:
    if may is None:
        # No such method: whether that is said before or after asking who it is tells nothing.
        return answered if answered in {"method", "sign-in", "hidden", "refused"} else "method"
    if name not in may:
        return ways.denial(row, name)
    return answered if row.shows == "any" and answered in {"page", "moved"} else row.shows


@each_row
def test_act_is_refused_to_all_others_and_changes_nothing(row: Row, world: World, browsers):
    before = fingerprint()
    # A page that only reads is read by all above: here the two ends are enough.
    asked = EVERYBODY - row.post if row.post is not None else who("anonymous stranger member administrator")
    found = {name: _act(browsers[name], row, world) for name in sorted(asked)}
    if row.post is None:
        assert set(found.values()) <= {"method", "sign-in", "hidden", "refused", *_same_page(row)}
    else:
        assert found == {name: ways.denial(row, name) for name in found}
    assert fingerprint() == before


def _same_page(row: Row) -> set[str]:
    """A page that only reads may answer a POST as a GET: nothing changes."""
    return {row.shows, "page", "moved"} if row.get else set()


def _act(browser, row: Row, world: World, side: str = "own", **others: str) -> str:
    cache.clear()
    typed = ways.typed_of(row, world, side)
    return ways.kind_of(browser.post(ways.address_of(row, world, side, **others), typed))


@pytest.mark.parametrize("row", [row for row in ROWS if row.post], ids=lambda row: row.label)
def test_act_is_open_to_those_who_may(row: Row, world: World):
    found = {}
    for name in sorted(asked_of(row.post or NOBODY)):
        with transaction.atomic():
            found[name] = _act(ways.client_of(world, name), row, world)
            transaction.set_rollback(True)
    assert {name: kind for name, kind in found.items() if kind not in ACTED} == {}


about_somebody = pytest.mark.parametrize(
    "row",
    [row for row in ROWS if not row.reason and any(word.startswith("$") for word in row.args.values())],
    ids=lambda row: row.label,
)


@about_somebody
def test_what_is_another_organisations_does_not_exist(row: Row, world: World, browsers):
    """Its people read nothing and change nothing of another organisation; the desk reads both alike."""
    if all(world.shared_word(word) for word in row.args.values()):
        return
    before = fingerprint()
    asked = {
        name: (_read(browsers[name], row, world, "other"), _act(browsers[name], row, world, "other"))
        for name in sorted(OURS)
    }
    assert {kind for kinds in asked.values() for kind in kinds} <= {"hidden", "method"}
    assert fingerprint() == before


@about_somebody
def test_a_thing_of_others_is_not_reached_through_ones_own(row: Row, world: World, browsers):
    """``/spaces/<mine>/versions/<theirs>/``: the second id is looked for in the first thing only."""
    words = [key for key, word in row.args.items() if not world.shared_word(word)]
    before = fingerprint()
    found = set()
    for key in words if len(words) > 1 else []:
        for name in ("referent", "administrator"):
            found |= {
                _read(browsers[name], row, world, "own", **{key: "other"}),
                _act(browsers[name], row, world, "own", **{key: "other"}),
            }
    assert found <= {"hidden", "method", "refused"}
    assert fingerprint() == before


@about_somebody
def test_what_is_hidden_looks_like_what_never_was(row: Row, world: World, browsers):
    if all(world.shared_word(word) for word in row.args.values()):
        return
    there = browsers["member"].get(ways.address_of(row, world, "other"))
    nowhere = {key: "zzzzzzzzzzzzzz" if not world.shared_word(word) else word for key, word in row.args.items()}
    never = browsers["member"].get(ways.address_of(Row(row.name, None, None, args=nowhere), world))
    assert (there.status_code, _plain(there.content)) == (never.status_code, _plain(never.content))


def _plain(content: bytes) -> bytes:
    return re.sub(rb"/[a-z-]+/[2-9b-z]{14}[^\"]*", b"", TOKEN.sub(b"", content))
