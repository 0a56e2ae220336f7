# SPDX-License-Identifier: AGPL-3.0-or-later
"""From templates to the words of a message: text only, in the language of who reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from archipel.host import queries as host
from archipel.mailing.addresses import one_line

SUBJECT_LENGTH = 250


def render(name: str, language: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and body of the message ``app/name`` in a language."""
    app, _, message = name.partition("/")
    here = host.current()
    values = {"host": here, "portal_url": here.portal_url, **context}
    with translation.override(language):
        subject = _text(f"{app}/emails/{message}/subject.txt", values)
        body = _text(f"{app}/emails/{message}/body.txt", values)
    return one_line(subject)[:SUBJECT_LENGTH], tidy(body)


def tidy(body: str) -> str:
    """Return a text without the empty lines that tags of a template leave behind."""
    lines = [line if line == "-- " else line.rstrip() for line in body.replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _text(path: str, values: Mapping[str, Any]) -> str:
    # Messages are plain text: an apostrophe must not arrive as an entity.
    template: Any = get_template(path)
    return str(template.template.render(Context(dict(values), autoescape=False)))
