# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spaces as the desk reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations import access as organisations
from archipel.procedures import queries as procedures
from archipel.spaces import proofs, rights, states
from archipel.spaces.models import HandStep, Hold, Moment, Publication, Report, Space
from archipel.spaces.queries.site import SiteView, site_view
from archipel.spaces.queries.tiles import address_url

PAGE = 20


@dataclass(frozen=True)
class SpaceLine:
    """One space of the list."""

    space_id: str
    title: str
    organisation: str
    address: str
    url: str
    service: str
    state: str
    state_words: str
    tone: str
    note: str
    usage_bytes: int | None
    quota_bytes: int | None


@dataclass(frozen=True)
class SpacesPage:
    """20 spaces; ``older`` is the cursor of the following page, empty on the last. Nothing is counted."""

    lines: list[SpaceLine]
    older: str


_TONES = {"opening": "now", "open": "ok", "closing": "care", "closed": "care", "deleted": ""}


def desk_spaces(*, search: str = "", state: str = "", before: str = "") -> SpacesPage:
    """Return a page of spaces, newest first; ``search`` looks at titles, organisations and addresses."""
    rows = Space.objects.order_by("-pk")
    if state in states.SPACE.states:
        rows = rows.filter(state=state)
    elif state == "held":
        rows = rows.filter(pk__in=Hold.objects.filter(lifted_at=None).values("space_id"))
    if search.strip():
        words = search.strip()
        rows = rows.filter(
            Q(title__icontains=words)
            | Q(organisation__name__icontains=words)
            | Q(address__name__icontains=words.lower())
        )
    if before.isdecimal():
        rows = rows.filter(pk__lt=int(before))
    open_holds = Prefetch("holds", Hold.objects.filter(lifted_at=None), to_attr="open_holds")
    found = list(rows.select_related("organisation", "service", "address").prefetch_related(open_holds)[: PAGE + 1])
    lines = [_line(space) for space in found[:PAGE]]
    return SpacesPage(lines, str(found[PAGE - 1].pk) if len(found) > PAGE else "")


def rows_for_csv() -> Iterator[tuple[str, ...]]:
    """Yield every space as words, headings first; a cell that begins like a formula is made harmless."""
    yield (
        _("Space"), _("Organisation"), _("Address"), _("Service"), _("State"), _("Open since"), _("Bytes used"),
        _("Bytes allowed"), _("Reference"),
    )  # fmt: skip
    rows = Space.objects.select_related("organisation", "service", "address").order_by("pk")
    for space in rows.iterator(chunk_size=500):
        cells = (
            space.title,
            space.organisation.name,
            space.address.name if hasattr(space, "address") else "",
            space.service.slug,
            str(states.STATE_WORDS[space.state]),
            clock.day_of(space.opened_at).isoformat() if space.opened_at else "",
            "" if space.usage_bytes is None else str(space.usage_bytes),
            "" if space.quota_bytes is None else str(space.quota_bytes),
            space.public_id,
        )
        yield tuple(f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in cells)


def _line(space: Space) -> SpaceLine:
    effect = states.strongest(hold.effect for hold in getattr(space, "open_holds", []))
    name = space.address.name if hasattr(space, "address") else ""
    return SpaceLine(
        space_id=space.public_id,
        title=space.title,
        organisation=space.organisation.name,
        address=name,
        url=address_url(name) if name else "",
        service=space.service.slug,
        state=space.state,
        state_words=str(states.STATE_WORDS[space.state]),
        tone="stop" if space.state == "open" and effect == "suspended" else _TONES[space.state],
        note=str(states.EFFECT_WORDS[effect]) if effect else "",
        usage_bytes=space.usage_bytes,
        quota_bytes=space.quota_bytes,
    )


MEANS_WORDS = {
    "zip": gettext_lazy("a zip"),
    "folder": gettext_lazy("a folder"),
    "api": gettext_lazy("a program"),
    "restore": gettext_lazy("an earlier version again"),
}
PUBLICATION_WORDS = {
    "receiving": gettext_lazy("Being received"),
    "online": gettext_lazy("Online"),
    "replaced": gettext_lazy("Replaced"),
    "refused": pgettext_lazy("publication", "Refused"),
    "abandoned": gettext_lazy("Given up"),
}


@dataclass(frozen=True)
class HoldRow:
    """A hold, open or lifted."""

    public_id: str
    kind_words: str
    effect_words: str
    reason: str
    since: datetime
    placed_by: Person | None
    lifted_at: datetime | None
    lifted_by: Person | None


@dataclass(frozen=True)
class PublicationRow:
    """An act of publishing, with who and from where while that is kept."""

    started_at: datetime
    person: Person | None
    from_address: str | None
    from_port: int | None
    means_words: str
    state_words: str
    number: int | None
    refused_detail: str


@dataclass(frozen=True)
class DeskView:
    """Everything of a space for the host."""

    site: SiteView
    procedure: Any
    past_holds: list[HoldRow]
    publications: list[PublicationRow]
    reports: list[Report]
    proof_is_ours: bool
    may: frozenset[str]
    may_confirm: bool
    by_hand: str
    hand_steps: list[HandStep]
    hand_steps_left: int


DESK_VERBS = ("hold", "delete", "operate", "report", "write", "history")


def desk_view(space: Space, person: Person) -> DeskView:
    """Return a space for a person of the host."""
    site = site_view(space, person)
    by_hand = _by_hand(space)
    steps = list(HandStep.objects.filter(space=space, moment=by_hand).select_related("done_by").order_by("position"))
    return DeskView(
        site=site,
        procedure=procedures.of("space", space.public_id),
        past_holds=_holds(space),
        publications=_publications(space),
        reports=list(Report.objects.filter(space=space).order_by("-received_at")[:20]),
        proof_is_ours=bool(site.closing and proofs.is_ours(site.closing.proof)),
        may=frozenset(verb for verb in DESK_VERBS if organisations.desk_may(person, verb)),
        may_confirm=bool(site.closing and site.closing.may_confirm) and rights.is_of_the_host(person),
        by_hand=by_hand,
        hand_steps=steps,
        hand_steps_left=sum(1 for step in steps if not step.done_at),
    )


def _by_hand(space: Space) -> str:
    """Return which moment a person must do by hand now; nothing where a procedure does it."""
    if space.connector:
        return ""
    return {"opening": Moment.OPENING.value, "closed": Moment.DELETION.value}.get(space.state, "")


def _holds(space: Space) -> list[HoldRow]:
    rows = Hold.objects.filter(space=space).select_related("placed_by", "lifted_by").order_by("-since", "-pk")
    return [
        HoldRow(
            public_id=row.public_id,
            kind_words=str(states.KIND_WORDS[row.kind]),
            effect_words=str(states.EFFECT_WORDS[row.effect]),
            reason=row.reason,
            since=row.since,
            placed_by=row.placed_by,
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by,
        )
        for row in rows[:20]
    ]


def _publications(space: Space) -> list[PublicationRow]:
    rows = Publication.objects.filter(space=space).select_related("person").order_by("-started_at", "-pk")
    return [
        PublicationRow(
            started_at=row.started_at,
            person=row.person,
            from_address=row.from_address,
            from_port=row.from_port,
            means_words=str(MEANS_WORDS[row.means]),
            state_words=str(PUBLICATION_WORDS[row.state]),
            number=row.number,
            refused_detail=row.refused_detail,
        )
        for row in rows[:20]
    ]
