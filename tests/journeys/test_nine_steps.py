# SPDX-License-Identifier: AGPL-3.0-or-later
"""The nine steps of the whole path, walked by pages only, in two languages, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import asking, deciding, leaving, opening, publishing
from tests.journeys.people import Journey
from tests.journeys.serving import untouched

pytestmark = [pytest.mark.browser, pytest.mark.server]

STEPS = [
    asking.find_the_service,
    asking.ask,
    asking.confirm,
    deciding.ask_a_question,
    deciding.answer,
    deciding.accept_while_another_looks,
    deciding.announce_a_wave,
    deciding.open_the_wave,
    opening.agree,
    opening.sign_in_by_invitation,
    opening.watch_the_opening,
    opening.invite_two_and_remove_one,
    publishing.publish_a_zip,
    publishing.publish_a_folder,
    publishing.restore_the_earlier_version,
    publishing.send_bad_zips,
    leaving.report_a_page,
    leaving.decide_with_a_hold,
    leaving.lift_the_hold,
    leaving.read_the_histories,
    leaving.take_everything_away,
    leaving.close_and_delete,
]


@pytest.fixture(params=[("fr", True), ("en", False)], ids=["french-scripts", "english-no-script"])
def journey(
    request: pytest.FixtureRequest,
    chromium: Browser,
    loaded: tuple[Path, int],
    pictures: Path,
    tmp_path: Path,
) -> Iterator[Journey]:
    """A walk in a demonstration of its own: it leaves another world behind."""
    language, script = request.param
    with untouched(loaded, tmp_path) as address:
        walk = Journey(chromium, address, language, script, pictures)
        yield walk
        walk.close()


def test_nine_steps_are_walked_by_pages_only(journey: Journey) -> None:
    for step in STEPS:
        try:
            step(journey)
        except Exception as problem:
            raise AssertionError(journey.told(step.__name__, problem)) from problem
