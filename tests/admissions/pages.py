# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every page owes its reader, looked at whenever a test asks for one."""

from __future__ import annotations

import re

from django.http import HttpResponse


def text_of(answer: HttpResponse) -> str:
    """Return a page as one line, after checking its form."""
    html = answer.content.decode()
    assert html.count("<h1") == 1
    assert re.findall(r"\sstyle=|<style|\son\w+=", html) == []
    assert re.findall(r"{%|{{|%\(\w+\)s", html) == []
    assert unlabelled(html) == []
    return " ".join(html.replace("\u00a0", " ").replace("\u202f", " ").replace("&#x27;", "'").split())


def unlabelled(html: str) -> list[str]:
    """Return the fields nobody could name by ear."""
    ids = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', html))
    found = []
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html):
        if re.search(r'type="(?:hidden|submit)"', tag) or "aria-label=" in tag:
            continue
        ident = re.search(r'\sid="([^"]+)"', tag)
        wrapped = re.search(r"<label class=\"(?:choice|check)\"[^>]*>\s*" + re.escape(tag), html)
        if not (wrapped or (ident and ident[1] in ids)):
            found.append(tag)
    return found


def nodes(answer: HttpResponse) -> int:
    """Return about how many elements a page holds."""
    return len(re.findall(r"<[a-z]", answer.content.decode()))
