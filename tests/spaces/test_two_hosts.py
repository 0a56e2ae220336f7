# SPDX-License-Identifier: AGPL-3.0-or-later
"""Export and restore are one promise: what leaves one host comes back at another, that shares nothing with it."""

from __future__ import annotations

import pytest

from tests.procedures.nursery import LOADED, Nursery

pytestmark = [pytest.mark.kill, pytest.mark.slow]

MODULES = "tests.faults.warm tests.faults.blogs tests.spaces.houses"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """Two installations: a database, keys and files each."""
    made = [Nursery(tmp_path_factory.mktemp(name), **{LOADED: MODULES}) for name in ("first", "second")]
    yield made
    for one in made:
        one.close()


def carried(hosts, kind, bundle):
    """Take a space away at the first host and bring it back at the second; return what both hold."""
    first, second = hosts
    left = first.fresh().call("tests.spaces.houses.take_away", kind=kind, target=str(bundle))
    assert left.status == 0, (first.folder / "nursery.log").read_text()[-3000:]
    came = second.fresh().call("tests.spaces.houses.bring_back", kind=kind, source=str(bundle))
    assert came.status == 0, (second.folder / "nursery.log").read_text()[-3000:]
    return left.result, came.result


def test_blog_comes_back_at_another_host_with_posts_people_roles_and_address(hosts, tmp_path):
    left, came = carried(hosts, "blogs", tmp_path / "export.zip")

    assert left["held"] == ["Voir https://jardins.escale.example/un"]
    assert came["held"] == ["Voir https://ponant.goulet.example/un"]
    assert (came["state"], came["title"], came["address"]) == (
        ["done", "open"],
        "Blog des Trois-Ponts",
        "ponant.goulet.example",
    )
    assert came["id"] != left["id"]
    # Bastien has an account there: he joins, as what he was. Denise is invited.
    assert came["roles"] == {"Camille": "referent", "Bastien Le Goff": "member"}
    assert came["entries"] == {"Camille": ["administrator"], "Bastien Le Goff": ["author"]}
    assert came["invited"] == {"denise@jardins.example": "referent"}


def test_website_comes_back_at_another_host_byte_for_byte_with_its_versions(hosts, tmp_path):
    left, came = carried(hosts, "websites", tmp_path / "export.zip")

    assert len(left["held"]) == 4
    assert came["held"] == left["held"]
    assert came["versions"] == [[1, "replaced"], [2, "online"]]
    assert came["roles"] == {"Camille": "referent", "Bastien Le Goff": "member"}
    assert came["invited"] == {"denise@jardins.example": "referent"}
