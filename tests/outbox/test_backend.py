# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import datetime

import pytest
from django_tasks import default_task_backend
from django_tasks.base import TaskResultStatus
from django_tasks.exceptions import InvalidTaskError

from archipel.outbox.backend import OutboxBackend
from archipel.outbox.models import Job
from tests.outbox import samples

pytestmark = pytest.mark.django_db


def test_backend_is_the_one_of_the_settings():
    assert default_task_backend.supports_defer
    assert isinstance(samples.note.get_backend(), OutboxBackend)


def test_result_names_the_row():
    result = samples.note.enqueue("a")
    assert (result.id, result.status) == (str(Job.objects.get().pk), TaskResultStatus.READY)


def test_argument_that_json_cannot_hold_is_refused():
    with pytest.raises(TypeError):
        samples.note.enqueue({1, 2})
    assert Job.objects.count() == 0


def test_naive_date_is_refused():
    with pytest.raises(InvalidTaskError):
        samples.note.using(run_after=datetime(2026, 1, 1))
