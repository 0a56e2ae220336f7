# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils.translation import override

from archipel.design import moments
from archipel.kernel import clock

TUESDAY = datetime(2026, 11, 24, 9, 31, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), tick=False):
        yield


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "mardi 24\u00a0novembre, 10\u00a0h\u00a031"), ("en", "Tuesday 24\u00a0November, 10:31")],
)
def test_moment_is_written_in_the_zone_of_the_host(language, words):
    with override(language):
        assert moments.moment_in_words(TUESDAY) == words


def test_moment_of_another_year_says_its_year():
    with override("fr"):
        assert moments.day_in_words(date(2027, 3, 2)) == "mardi 2\u00a0mars 2027"


def test_first_of_the_month_is_premier_in_french_only():
    with override("fr"):
        assert moments.day_in_words(date(2026, 9, 1), "full") == "1er\u00a0septembre 2026"
    with override("en"):
        assert moments.day_in_words(date(2026, 9, 1), "full") == "1\u00a0September 2026"


def test_day_of_an_instant_near_midnight_is_that_of_the_host():
    with override("en"):
        assert moments.day_in_words(datetime(2026, 11, 24, 23, 30, tzinfo=UTC)) == "Wednesday 25\u00a0November"


def test_whole_hour_is_bare_in_french():
    with override("fr"):
        assert moments.hour_in_words(datetime(2026, 11, 24, 5, 0, tzinfo=UTC)) == "6\u00a0h"
        assert moments.hour_in_words(datetime(2026, 11, 24, 5, 5, tzinfo=UTC)) == "6\u00a0h\u00a005"


def test_both_hours_of_the_autumn_night_keep_their_offset():
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    with override("en"):
        assert moments.time_element(first) == (
            '<time datetime="2026-10-25T02:30:00+02:00">Sunday 25\u00a0October, 02:30</time>'
        )
        assert moments.time_element(second) == (
            '<time datetime="2026-10-25T02:30:00+01:00">Sunday 25\u00a0October, 02:30</time>'
        )


@pytest.mark.parametrize(
    ("ago", "html"),
    [
        (timedelta(days=12, hours=5), '<time datetime="P12D">12\u00a0j</time>'),
        (timedelta(hours=6, minutes=59), '<time datetime="PT6H">6\u00a0h</time>'),
        (timedelta(minutes=7), '<time datetime="PT7M">7\u00a0min</time>'),
        (timedelta(seconds=20), '<time datetime="PT0M">à l’instant</time>'),
        (-timedelta(days=1), '<time datetime="PT0M">à l’instant</time>'),
    ],
)
def test_waited_is_told_in_its_largest_unit(ago, html):
    with override("fr"):
        assert moments.waited_element(clock.now() - ago) == html


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (0, "0\u00a0o", "0\u00a0B"),
        (512, "512\u00a0o", "512\u00a0B"),
        (4_200_000_000, "4,2\u00a0Go", "4.2\u00a0GB"),
        (5_000_000_000, "5\u00a0Go", "5\u00a0GB"),
        (999_949, "999,9\u00a0ko", "999.9\u00a0kB"),
        (999_950, "1\u00a0Mo", "1\u00a0MB"),
        (2 * 10**12, "2\u00a0To", "2\u00a0TB"),
        (None, "—", "—"),
    ],
)
def test_size_counts_by_thousands_in_the_words_of_the_reader(count, french, english):
    with override("fr"):
        assert moments.size_in_words(count) == french
    with override("en"):
        assert moments.size_in_words(count) == english
