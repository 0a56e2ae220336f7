# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.host import domains


@pytest.mark.parametrize(
    ("typed", "clean"),
    [(" Example.ORG. ", "example.org"), ("côte.example", "xn--cte-kna.example"), ("a.b.example", "a.b.example")],
)
def test_a_domain_as_it_is_stored(typed, clean):
    assert domains.clean_domain(typed) == clean


@pytest.mark.parametrize(
    "typed", ["", "localhost", "-a.example", "a b.example", "a..b", "127.0.0.1", "x" * 64 + ".example", "a/b.example"]
)
def test_what_is_no_domain(typed):
    with pytest.raises(ValueError, match=r".*"):
        domains.clean_domain(typed)


@pytest.mark.parametrize(
    ("domain", "found"),
    [("a.b.example.org", "example.org"), ("www.lescale.asso.fr", "lescale.asso.fr"), ("asso.fr", "")],
)
def test_what_somebody_registers(domain, found):
    assert domains.registrable(domain) == found


@pytest.mark.parametrize(
    ("portal", "sites", "apart"),
    [
        ("lescale.fr", "lescale.net", True),
        ("lescale.fr", "lescale.fr", False),
        ("portail.lescale.fr", "sites.lescale.fr", False),
        ("lescale.fr", "sites.lescale.fr", False),
        ("sites.lescale.fr", "lescale.fr", False),
        ("moi.github.io", "toi.github.io", True),
    ],
)
def test_which_domains_a_browser_keeps_apart(portal, sites, apart):
    assert domains.kept_apart(portal, sites) is apart
