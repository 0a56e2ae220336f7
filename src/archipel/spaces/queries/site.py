# SPDX-License-Identifier: AGPL-3.0-or-later
"""One space as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from archipel.design.moments import size_in_words as size
from archipel.identity.models import Person
from archipel.identity.queries import client_url, may_enter
from archipel.kernel import clock
from archipel.procedures import queries as procedures
from archipel.spaces import audience, refusals, rights, states
from archipel.spaces.files import is_gone, is_there
from archipel.spaces.models import Closing, Export, Hold, Publication, Report, Space, UsageWarning
from archipel.spaces.ports import PersonAccess
from archipel.spaces.queries.tiles import WARN_AT, address_url
from archipel.spaces.wiring import publishes

VERSIONS_SHOWN = 6
ATTEMPTS_SHOWN = 3
FULL = 100  # percent


@dataclass(frozen=True)
class VersionLine:
    """A version that the store keeps."""

    version_id: str
    number: int | None
    online: bool
    at: datetime | None
    by: str
    files: int | None
    bytes: int | None


@dataclass(frozen=True)
class AttemptLine:
    """A late attempt that was refused, and why."""

    at: datetime
    words: str


@dataclass(frozen=True)
class HoldLine:
    """An open hold in words; ``own`` when the organisation may lift it itself."""

    hold_id: str
    kind: str
    effect: str
    reason: str
    since: datetime
    own: bool


@dataclass(frozen=True)
class ExportLine:
    """An export that was asked; ``url`` while it can be fetched."""

    export_id: str
    asked_at: datetime
    ready: bool
    size: int | None
    sha256: str
    expires_on: date | None
    url: str

    @property
    def given_up(self) -> bool:
        """Say that it was never made: somebody of the host gave it up."""
        return not self.ready and self.expires_on is not None


@dataclass(frozen=True)
class ClosingView:
    """A closing as shown: whether this person may confirm now, and what is awaited."""

    asked_at: datetime
    delete_after: date
    delay_over: bool
    export_ready: bool
    export_gone: bool
    confirmed: list[tuple[str, datetime]]
    may_confirm: bool
    may_cancel: bool
    deleted_at: datetime | None
    proof: dict[str, Any]


@dataclass(frozen=True)
class SiteView:
    """Everything of a space that a person may see, and what they may do."""

    space: Space
    state: str
    effect: str
    address: str
    url: str
    usage_label: str
    usage_tone: str
    holds: list[HoldLine]
    versions: list[VersionLine]
    attempts: list[AttemptLine]
    people: list[PersonAccess]
    enter_url: str
    filling: str
    exports: list[ExportLine]
    statements: list[Report]
    closing: ClosingView | None
    may: frozenset[str] = field(default_factory=frozenset)

    @property
    def publishes(self) -> bool:
        """Say whether people send files to this space."""
        return publishes(self.space)

    @property
    def shown(self) -> bool:
        """Say whether visitors see what is online."""
        return self.space.state == "open" and self.effect != "suspended"

    @property
    def paused(self) -> bool:
        """Say whether this person has put the site on hold already."""
        return any(hold.own for hold in self.holds)

    @property
    def publishable(self) -> bool:
        """Say whether publishing makes sense now."""
        return "publish" in self.may and self.space.state == "open" and not self.effect and publishes(self.space)


VERBS = ("publish", "export", "close", "see_history")


def site_view(space: Space, person: Person) -> SiteView:
    """Return a space for one of its people."""
    holds = list(Hold.objects.filter(space=space, lifted_at=None).order_by("since", "pk"))
    effect = states.effect_of(space.state, [hold.effect for hold in holds])
    may = frozenset(verb for verb in VERBS if rights.may(person, space, verb))
    name = space.address.name if hasattr(space, "address") else ""
    return SiteView(
        space=space,
        state=str(states.STATE_WORDS[space.state]),
        effect=effect,
        address=name,
        url=address_url(name) if name else "",
        usage_label=usage_label(space),
        usage_tone=usage_tone(space),
        holds=[_hold_line(hold, may) for hold in holds],
        versions=versions_of(space),
        attempts=_attempts(space),
        people=audience.people_in(space),
        enter_url=_enter_url(space, person),
        filling=_filling(space),
        exports=exports_of(space) if "export" in may else [],
        statements=list(
            Report.objects.filter(space=space).exclude(decision__in=["", "nothing"]).order_by("-decided_at")[:5]
        ),
        closing=closing_view(space, person),
        may=may,
    )


def _enter_url(space: Space, person: Person) -> str:
    """Return where a person enters the application of a space; empty when they do not."""
    if space.client is None or not may_enter(space.client, person):
        return ""
    return client_url(space.client)


def _filling(space: Space) -> str:
    """Say that a space fills up, by the levels its referents were written about."""
    levels = UsageWarning.objects.filter(space=space, cleared_at=None).values_list("level", flat=True)
    highest = max(levels, default=0)
    if highest >= FULL:
        return _("It holds more than its room: nothing is deleted, but there is no room left.")
    return _("It fills up: three quarters of its room are used.") if highest else ""


def usage_label(space: Space) -> str:
    """Return how much is used, in words; a missing measure is said as such."""
    if space.usage_bytes is None:
        return _("not measured yet")
    if space.quota_bytes is None:
        return _("%(used)s used") % {"used": size(space.usage_bytes)}
    words = {"used": size(space.usage_bytes), "quota": size(space.quota_bytes)}
    return _("%(used)s used out of %(quota)s") % words


def usage_tone(space: Space) -> str:
    if space.usage_bytes is None or not space.quota_bytes:
        return ""
    return "care" if space.usage_bytes * 100 >= space.quota_bytes * WARN_AT else ""


def versions_of(space: Space) -> list[VersionLine]:
    """Return the kept versions, newest first."""
    rows = Publication.objects.filter(space=space, kept=True).select_related("person").order_by("-number", "-pk")
    return [
        VersionLine(
            version_id=row.public_id,
            number=row.number,
            online=row.public_id == space.online_version,
            at=row.finished_at,
            by=row.person.name if row.person else "",
            files=row.files,
            bytes=row.bytes,
        )
        for row in rows[:VERSIONS_SHOWN]
    ]


def _attempts(space: Space) -> list[AttemptLine]:
    rows = Publication.objects.filter(space=space, state="refused").order_by("-started_at", "-pk")[:ATTEMPTS_SHOWN]
    return [AttemptLine(row.started_at, refusals.words_of(row.refusal, row.refused_detail)) for row in rows]


def _hold_line(hold: Hold, may: frozenset[str]) -> HoldLine:
    return HoldLine(
        hold_id=hold.public_id,
        kind=str(states.KIND_WORDS[hold.kind]),
        effect=str(states.EFFECT_WORDS[hold.effect]),
        reason=hold.reason,
        since=hold.since,
        own=hold.kind == "own_wish" and "close" in may,
    )


def exports_of(space: Space) -> list[ExportLine]:
    """Return the latest exports, newest first."""
    rows = Export.objects.filter(space=space).order_by("-asked_at", "-pk")[:5]
    return [export_line(row, space.public_id) for row in rows]


def export_line(export: Export, space_id: str) -> ExportLine:
    """Return an export as shown."""
    return ExportLine(
        export_id=export.public_id,
        asked_at=export.asked_at,
        ready=bool(export.ready_at),
        size=export.size,
        sha256=export.sha256,
        expires_on=export.expires_on,
        url=f"/spaces/{space_id}/exports/{export.public_id}/" if is_there(export) else "",
    )


def closing_view(space: Space, person: Person) -> ClosingView | None:
    """Return the closing under way or done, and what this person may do about it."""
    if space.state not in {"closing", "closed", "deleted"}:
        return None
    rows = Closing.objects.select_related("export", "first_confirmed_by", "second_confirmed_by")
    closing = rows.filter(space=space, cancelled_at=None).first()
    if closing is None:
        return None
    steps = [
        (closing.first_confirmed_by, closing.first_confirmed_at),
        (closing.second_confirmed_by, closing.second_confirmed_at),
    ]
    waiting = space.state == "closing"
    over = clock.today() >= closing.delete_after
    return ClosingView(
        asked_at=closing.asked_at,
        delete_after=closing.delete_after,
        delay_over=over,
        export_ready=closing.export is None or closing.export.ready_at is not None,
        export_gone=bool(waiting and closing.export and is_gone(closing.export)),
        confirmed=[(str(who), at) for who, at in steps if who and at],
        may_confirm=waiting and over and closing.first_confirmed_by != person and rights.may_confirm(person, space),
        may_cancel=waiting and rights.may(person, space, "close"),
        deleted_at=closing.deleted_at,
        proof=closing.proof,
    )


@dataclass(frozen=True)
class SpaceFacts:
    """One space as the API gives it; ``procedure_id`` of its latest run."""

    effect: str
    address: str
    url: str
    versions: list[VersionLine]
    holds: list[Hold]
    closing: Closing | None
    procedure_id: str | None


def space_facts(space: Space) -> SpaceFacts:
    """Return a space with its open holds, kept versions, closing and latest procedure."""
    holds = list(Hold.objects.filter(space=space, lifted_at=None).order_by("since", "pk"))
    name = space.address.name if hasattr(space, "address") else ""
    procedure = procedures.of("space", space.public_id)
    return SpaceFacts(
        effect=states.effect_of(space.state, [hold.effect for hold in holds]),
        address=name,
        url=address_url(name) if name else "",
        versions=versions_of(space),
        holds=holds,
        closing=Closing.objects.filter(space=space, cancelled_at=None).first(),
        procedure_id=procedure.public_id if procedure else None,
    )
