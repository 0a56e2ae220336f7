# SPDX-License-Identifier: AGPL-3.0-or-later
"""The menus of the three faces, chosen by the page and by what its person may do (setting ``PAGE_MENU``)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from archipel.organisations.access import desk_may, waits_for_second_factor
from archipel.organisations.rights import DESK_RIGHTS

# (right of the desk, name of the address, label); a label is translated when the page is drawn.
DESK = [
    ("today", "desk-today", gettext_noop("Today")),
    ("decide", "desk-requests", gettext_noop("Requests")),
    ("waves", "desk-waves", gettext_noop("Waves")),
    ("see_organisations", "desk-spaces", gettext_noop("Spaces")),
    ("operate", "desk-machines", gettext_noop("Machines")),
    ("see_organisations", "desk-organisations", gettext_noop("Organisations")),
    ("catalogue", "desk-catalogue", gettext_noop("Catalogue")),
    ("mail", "desk-mails", gettext_noop("Mails")),
    ("history", "desk-history", gettext_noop("History")),
    ("settings", "desk-settings", gettext_noop("Settings")),
]
# Pages that stand together under one entry of the desk, by the entry's address: a row of their own below the menu.
GROUPS = {
    "desk-machines": [
        ("operate", "desk-machines", gettext_noop("Machines")),
        ("operate", "desk-backup-places", gettext_noop("Places for back-ups")),
        ("operate", "desk-drills", gettext_noop("Drills")),
        ("operate", "desk-recipes", gettext_noop("Recipes")),
    ],
}


def menu_of_page(request: HttpRequest) -> dict[str, Any]:
    """Return ``nav``, ``group_nav`` where pages stand together, ``footer_nav`` and ``home_url`` for the page being drawn."""
    if request.path.startswith("/set-up/"):
        return {"home_url": request.path}  # nothing else is open yet
    person = request.user if getattr(request, "user", None) and request.user.is_authenticated else None
    if person and request.path.startswith("/desk/"):
        return {**_desk_menu(request, person), "footer_nav": _footer(), "home_url": reverse("desk-today")}
    if person and not _is_public(request.path):
        return {
            "nav": _mark(request, _portal(person)),
            "footer_nav": _footer(),
            "home_url": reverse("home"),
            "account_nav": [_link(_("All my data"), "my-data")],
        }
    return {"nav": _mark(request, _public(person)), "footer_nav": _footer(), "home_url": reverse("front-page")}


def _is_public(path: str) -> bool:
    return path == "/" or path.startswith(("/services/", "/about/", "/accessibility/", "/waves/", "/report/"))


def _link(label: str, name: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "url": reverse(name), **more}


def _public(person: Any) -> list[dict[str, Any]]:
    enter = _link(_("My space"), "home", button=True) if person else _link(_("Sign in"), "account_login", button=True)
    return [_link(_("Services"), "services"), _link(_("How it works"), "about"), enter]


def _portal(person: Any) -> list[dict[str, Any]]:
    links = [
        _link(_("My applications"), "home"),
        _link(_("Services"), "services"),
        _link(_("My account"), "account-profile"),
    ]
    if desk_may(person, "today") or waits_for_second_factor(person) & set(DESK_RIGHTS):
        links.append(_link(_("The desk"), "desk-today"))
    return [*links, _link(_("Sign out"), "account_logout", button=True, post=True)]


def _desk_menu(request: HttpRequest, person: Any) -> dict[str, Any]:
    """Return the menu of the desk, and the row of the group the page belongs to: its entry is the current one then."""
    nav = _allowed(person, DESK)
    for name, entries in GROUPS.items():
        group = _mark(request, _allowed(person, entries))
        if any("current" in link for link in group):
            for link in nav:
                link["current"] = link["url"] == reverse(name)
            break
    else:
        group = []
        _mark(request, nav)
    return {"nav": [*nav, _link(str(person), "home", button=True)], "group_nav": group}


def _allowed(person: Any, entries: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [_link(_(label), name) for verb, name, label in entries if desk_may(person, verb)]


def _footer() -> list[dict[str, Any]]:
    return [
        {
            "title": _("In the open"),
            "links": [_link(_("What we offer"), "services"), _link(_("How it works"), "about")],
        },
        {"title": _("Practical"), "links": [_link(_("Accessibility statement"), "accessibility")]},
    ]


def _mark(request: HttpRequest, links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    here = [link for link in links if link["url"] == request.path or _below(request.path, link["url"])]
    if here:
        max(here, key=lambda link: len(link["url"]))["current"] = True
    return links


def _below(path: str, url: str) -> bool:
    return url not in ("/", "/desk/", "/home/") and path.startswith(url)
