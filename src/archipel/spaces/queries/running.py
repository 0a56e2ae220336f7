# SPDX-License-Identifier: AGPL-3.0-or-later
"""What runs for spaces in containers, as the desk reads it: versions, machines, upgrades, rounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from archipel.catalogue.models import Service
from archipel.catalogue.queries import service_name
from archipel.machines.models import Machine
from archipel.spaces.models import Application, Space, Upgrade, UpgradeRound
from archipel.spaces.queries.totals import is_under_way


@dataclass(frozen=True)
class RunningView:
    """One space: ``newer`` are the versions it could be put to, oldest first; ``machines`` those it could move to."""

    version: str
    newest: str
    newer: list[str]
    machine: Machine | None
    machines: list[Machine]
    upgrades: list[Upgrade]
    drifted: bool
    under_way: bool


def running_view(space: Space) -> RunningView:
    """Return what the desk sees of a space that runs in containers."""
    application = Application.objects.filter(connector=space.connector).first()
    versions = list(application.versions) if application else []
    after = versions[versions.index(space.version) + 1 :] if space.version in versions else versions
    takes = Machine.objects.filter(retired_at=None, lost_at=None, draining=False).exclude(node_id="")
    rows = Upgrade.objects.filter(space=space).select_related("asked_by").order_by("-asked_at", "-pk")
    return RunningView(
        version=space.version,
        newest=versions[-1] if versions else "",
        newer=after,
        machine=space.machine,
        machines=list(takes.exclude(pk=space.machine_id or 0).order_by("name")),
        upgrades=list(rows[:5]),
        drifted=hasattr(space, "drift"),
        under_way=is_under_way(space),
    )


@dataclass(frozen=True)
class ServiceVersions:
    """One service: how many open spaces have which version, and its round under way or last."""

    slug: str
    name: str
    newest: str
    counts: list[tuple[str, int]]
    behind: int
    round: UpgradeRound | None
    done: int
    running: int
    returned: list[Upgrade]
    read_at: datetime


def services_by_version() -> list[ServiceVersions]:
    """Return the services whose spaces run in containers, by slug: three queries each, and there are few."""
    known = {row.connector: row for row in Application.objects.all()}
    services = Service.objects.filter(connector__in=list(known)).order_by("slug")
    return [_versions_of(service, known[service.connector]) for service in services]


def _versions_of(service: Service, application: Application) -> ServiceVersions:
    rows = Space.objects.filter(service=service, state="open").values_list("version").annotate(n=Count("pk"))
    counts = sorted(rows.order_by("version"))
    newest = application.versions[-1] if application.versions else ""
    last = UpgradeRound.objects.filter(service=service).order_by("-asked_at", "-pk").first()
    upgrades = list(last.upgrades.select_related("space").order_by("pk")) if last else []
    states = [one.state for one in upgrades]
    return ServiceVersions(
        slug=service.slug,
        name=service_name(service),
        newest=newest,
        counts=counts,
        behind=sum(count for version, count in counts if version != newest),
        round=last,
        done=states.count("done"),
        running=states.count("running"),
        returned=[one for one in upgrades if one.state == "returned"],
        read_at=application.read_at,
    )
