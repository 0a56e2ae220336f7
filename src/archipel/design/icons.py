# SPDX-License-Identifier: AGPL-3.0-or-later
"""The small drawings set beside a word: one path of 24 × 24 units each, stroked, never filled."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

ICONS = {
    "accounts": "M5 17.5V5.5A1.5 1.5 0 0 1 6.5 4H19v12.5H6.5a1.5 1.5 0 0 0 0 3.5H19v-3.5M9 8h6M9 11.5h4",
    "calendar": "M4 6h16v14H4zM4 10.5h16M8.5 3v5M15.5 3v5",
    "chat": "M4 4.5h16v11h-8.5L7 19.5v-4H4z",
    "check": "M4.5 12.5 9.5 17.5 19.5 6.5",
    "cloud": "M7 18.5h10.5a4 4 0 0 0 .4-8A6 6 0 0 0 6.3 9.6 4.5 4.5 0 0 0 7 18.5z",
    "cross": "M6 6 18 18M18 6 6 18",
    "download": "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
    "file": "M6 3.5h8.5L18.5 7.5v13H6zM14.5 3.5v4h4",
    "folder": "M3.5 6h6l2 2.5h9V19h-17z",
    "history": "M4.5 8A8.5 8.5 0 1 1 3.5 12M4 3.5v5h5M12 7.5V12l3 2",
    "key": "M11.5 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM11.5 12H21v4M17 12v3",
    "letter": "M3 11.5 21 4l-6.5 16-3-7.5zM11.5 12.5 21 4",
    "mail": "M3.5 5.5h17v13h-17zM4 6l8 7 8-7",
    "pad": "M5 3.5h10l4 4v13H5zM15 3.5v4h4M8.5 11.5h7M8.5 15.5h5",
    "people": "M12 8.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM2.5 19.5c.5-4 2.5-6 6-6s5.5 2 6 6"
    "M15 5.3a3.5 3.5 0 0 1 0 6.4M17 14c2.5.5 4 2.3 4.5 5.5",
    "search": "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM15.3 15.3 20.5 20.5",
    "site": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3.5 3 3.5 15 0 18M12 3c-3.5 3-3.5 15 0 18",
    "upload": "M12 16V5M7 9.5l5-5 5 5M4.5 20h15",
    "video": "M3 7h12v10H3zM15 11l6-3.5v9L15 13",
    "warning": "M12 4 21.5 20h-19zM12 10v5M12 17.5v.1",
}


def draw_icon(name: str) -> SafeString:
    """Return the SVG of an icon, hidden from assistive technology: a word always stands beside it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        ICONS[name],
    )
