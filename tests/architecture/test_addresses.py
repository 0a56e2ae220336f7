# SPDX-License-Identifier: AGPL-3.0-or-later
"""What imports cannot show: addresses and templates of an app above, named by a string."""

from __future__ import annotations

import re

from django.urls import get_resolver

from tests.architecture.sources import APPS, ORDER, SOURCE, app_of, python_files, short

REVERSED = re.compile(r"""(?:\breverse(?:_lazy)?|\bredirect|\bresolve_url)\(\s*["']([\w-]+)["']""")
URL_TAG = re.compile(r"""{%\s*url\s+["']([\w-]+)["']""")
TEMPLATE_TAG = re.compile(r"""{%\s*(?:extends|include)\s+["']([\w-]+)/""")
# Menus are composed at the top and given to every page; allauth's own addresses belong to identity.
ALLAUTH = "identity"


def _owners() -> dict[str, str]:
    owners: dict[str, str] = {}
    for pattern in _patterns(get_resolver().url_patterns):
        module = pattern.callback.__module__
        owner = (
            module.split(".")[1]
            if module.startswith("archipel.")
            else ALLAUTH
            if module.startswith("allauth")
            else "kernel"
        )
        owners[pattern.name] = owner
    return owners


def _patterns(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        elif pattern.name:
            yield pattern


def _above(here: str, there: str) -> bool:
    return there in ORDER and here in ORDER and ORDER.index(there) < ORDER.index(here)


def test_no_app_reverses_an_address_of_an_app_above():
    owners, wrong, unknown = _owners(), [], []
    files = [(path, REVERSED) for path in python_files()] + [(path, URL_TAG) for path in SOURCE.rglob("*.html")]
    for path, pattern in files:
        for name in pattern.findall(path.read_text()):
            if name not in owners:
                unknown.append(f"{short(path)}: {name}")
            elif _above(app_of(path), owners[name]):
                wrong.append(f"{short(path)}: {name} belongs to {owners[name]}")
    assert (wrong, unknown) == ([], [])


def test_no_template_uses_a_template_of_an_app_above():
    wrong = [
        f"{short(path)}: {name}"
        for path in SOURCE.rglob("*.html")
        for name in TEMPLATE_TAG.findall(path.read_text())
        if name in APPS and _above(app_of(path), name)
    ]
    assert wrong == []


def test_pages_hold_no_inline_style_or_script_and_name_no_third_party():
    inline = re.compile(r"""\sstyle=|<style|<script(?![^>]*\bsrc=)|\son\w+=|(?:src|href)=["'](?:https?:)?//""")
    assert [short(path) for path in SOURCE.rglob("*.html") if inline.search(path.read_text())] == []
