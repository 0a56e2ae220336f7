# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages of spaces share: one act of one button, and where a request comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise

from archipel.identity.access import client_address
from archipel.identity.models import Person
from archipel.kernel.refusals import Refusal
from archipel.spaces.operations import Source


def source_of(request: HttpRequest) -> Source:
    """Return from where a request comes."""
    ip, port = client_address(request)
    return Source(ip or None, port or None)


def person_of(request: HttpRequest) -> Person:
    """Return who is signed in; only for pages that ``signed_in`` guards."""
    assert isinstance(request.user, Person)
    return request.user


def perform(request: HttpRequest, act: Callable[[], Any], *, done: str | Promise, back: str) -> HttpResponse:
    """Do one act and go back to a page that says how it went."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, str(done))
    return redirect(back)
