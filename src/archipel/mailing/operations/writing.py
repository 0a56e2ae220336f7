# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write a message in the transaction of what causes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from archipel.host import queries as host
from archipel.kernel import clock, keys
from archipel.kernel.references import new_public_id
from archipel.mailing import addresses, rendering
from archipel.mailing.events import EmailQueued
from archipel.mailing.models import Email
from archipel.mailing.sending import TRIED_FOR
from archipel.outbox import operations as outbox


def send(
    *,
    name: str,
    to: str,
    to_name: str = "",
    language: str,
    context: Mapping[str, Any],
    reply_to: str = "",
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Mapping[str, str]] = (),
    in_reply_to: str = "",
    automatic: bool = True,
    unsubscribe_url: str = "",
    from_name: str = "",
) -> Email:
    """Write the message ``app/name`` and have it delivered once the caller's transaction is committed.

    ``attachments``: files below ``ARCHIPEL_DATA/files`` as ``{"name", "content_type", "path"}``. ``automatic``: nobody
    wrote it by hand (RFC 3834). ``unsubscribe_url``: leaves by POST without sign-in (RFC 8058).
    """
    subject, body = rendering.render(name, language, context)
    return send_text(
        name=name,
        to=to,
        to_name=to_name,
        language=language,
        subject=subject,
        body=body,
        reply_to=reply_to,
        headers={**_headers(automatic, unsubscribe_url, in_reply_to), **(headers or {})},
        attachments=attachments,
        from_name=from_name,
    )


def send_text(
    *,
    name: str,
    to: str,
    language: str,
    subject: str,
    body: str,
    to_name: str = "",
    reply_to: str = "",
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Mapping[str, str]] = (),
    from_name: str = "",
) -> Email:
    """Write a message whose words are ready (a library wrote them, or a person)."""
    now, public_id = clock.now(), new_public_id()
    with transaction.atomic():
        email = Email.objects.create(
            public_id=public_id,
            message_id=f"<{public_id}.{new_public_id()}@{addresses.domain()}>",
            name=name,
            to_address=addresses.normalised(to),
            to_name=addresses.one_line(to_name)[:120],
            from_name=addresses.one_line(from_name)[:160],
            subject=addresses.one_line(subject)[: rendering.SUBJECT_LENGTH],
            locked_body=keys.lock(body),
            reply_to=reply_to,
            headers=dict(headers or {}),
            attachments=[dict(attached) for attached in attachments],
            language=language,
            created_at=now,
            try_until=now + TRIED_FOR,
        )
        outbox.announce(EmailQueued(email_id=public_id))
    return email


def send_test(*, to: str, language: str = "") -> Email:
    """Write a test message, to see whether mail leaves; its state is read on the returned row once delivered."""
    language = language or (host.current().languages or ["fr"])[0]
    return send(name="mailing/test", to=to, language=language, context={"now": clock.now()})


def _headers(automatic: bool, unsubscribe_url: str, in_reply_to: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if automatic:
        found["Auto-Submitted"] = "auto-generated"
    if unsubscribe_url:
        found["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if in_reply_to:
        found["In-Reply-To"] = found["References"] = in_reply_to
    return found
