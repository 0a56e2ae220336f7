# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plain words for what runs in the background, for the people of the host."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_labels: dict[str, str | Promise] = {}


def label(path: str, text: str | Promise) -> None:
    """Name the handler of a dotted path, as in "Send a message"."""
    _labels[path] = text


def label_of(path: str) -> str:
    """Return the words of a handler, or made of its name where nobody gave any."""
    if path in _labels:
        return str(_labels[path])
    return gettext("Background task “%(name)s”") % {"name": path.rpartition(".")[2].replace("_", " ")}


label("archipel.outbox.tasks.purge", _("Tidy up the finished background tasks"))
