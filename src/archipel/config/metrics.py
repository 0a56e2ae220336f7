# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures for Prometheus, in its text format: requests counted by every process, and how the installation stands."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from archipel.config.release import release
from archipel.kernel import door
from archipel.kernel.figures import Figure

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Half a second is what a person notices, ten what they give up at.
STEPS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

_requests = Counter("archipel_requests", "Requests answered, by what answered and status", ["kind", "status"])
_seconds = Histogram(
    "archipel_request_seconds", "How long answers took to begin, by what answered", ["kind"], buckets=STEPS
)


def count_request(kind: str, status: str, seconds: float) -> None:
    """Count one answer."""
    _requests.labels(kind, status).inc()
    _seconds.labels(kind).observe(seconds)


def forget_process(pid: int) -> None:
    """Drop what a process that ended said of its present state; what it counted stays counted."""
    if os.environ.get(FOLDER):
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]  # the library ships no type for it


def exposition() -> bytes:
    """Return everything, as Prometheus reads it."""
    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # as above
    registry.register(Installation())
    counted = b"" if os.environ.get(FOLDER) else generate_latest(REGISTRY)
    return counted + generate_latest(registry)


class Installation(Collector):
    """How the installation stands, read when it is asked."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield one family for each figure an app gives, and those of the machine, which need no database."""
        try:
            figures = _figures_of_apps()
            answers = 1.0
        except (DatabaseError, InterfaceError):
            connection.close()
            figures, answers = [], 0.0
        figures.append(Figure("database_answers", "1 while the database answers", {"": answers}))
        yield from (_family(figure) for figure in figures + machine_figures())


def _figures_of_apps() -> list[Figure]:
    figures: list[Figure] = []
    for path in settings.FIGURES:
        answer: Callable[[], list[Figure]] = import_string(path)
        figures += answer()
    return figures


def machine_figures() -> list[Figure]:
    """Return what is to be known of this machine and release."""
    disk = shutil.disk_usage(settings.ARCHIPEL_DATA)
    return [
        Figure("disk_free_bytes", "Free on the disk of the data", {"": disk.free}),
        Figure("disk_bytes", "Size of the disk of the data", {"": disk.total}),
        Figure("door_closed", "1 while the door is closed", {"": float(door.is_closed())}),
        Figure("release", "The release that answers", {release(): 1.0}, "version"),
    ]


def _family(figure: Figure) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"archipel_{figure.name}", figure.about, labels=[figure.label] if figure.label else [])
    for word, value in figure.values.items():
        family.add_metric([word] if figure.label else [], value)
    return family
