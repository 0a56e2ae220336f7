# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where somebody who cannot sign in yet reads a conversation: the app that owns what it is about may know a page.

A page that asks for an account would turn away the very person a question was sent to.
"""

from __future__ import annotations

from collections.abc import Callable

# (public id of what the conversation is about, normalised address of the reader) -> path, or "" when there is none.
PageOf = Callable[[str, str], str]

_pages: dict[str, PageOf] = {}


def register(about_kind: str, page_of: PageOf) -> None:
    """Say where conversations about a kind of thing are read without an account; called when apps start."""
    _pages[about_kind] = page_of


def path_for(about_kind: str, about_id: str, email: str) -> str:
    """Return the path of that page for one reader, or an empty text."""
    page_of = _pages.get(about_kind)
    return page_of(about_id, email) if page_of else ""
