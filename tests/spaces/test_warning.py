# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.spaces import operations, queries
from archipel.spaces.models import Space, UsageWarning
from tests import factories

pytestmark = pytest.mark.django_db


def uses(space, used, quota=1000):
    """Let a space use so many bytes, and return who was written to about it."""
    Space.objects.filter(pk=space.pk).update(usage_bytes=used, quota_bytes=quota)
    before = Email.objects.count()
    operations.note_usage(space=space)
    return list(Email.objects.order_by("pk").values_list("to_address", flat=True)[before:])


def crossed(space):
    return sorted(UsageWarning.objects.filter(space=space, cleared_at=None).values_list("level", flat=True))


@pytest.mark.parametrize(
    ("used", "levels"), [(None, []), (0, []), (749, []), (750, [75]), (999, [75]), (1000, [75, 100]), (5000, [75, 100])]
)
def test_levels_are_crossed_at_three_quarters_and_at_the_whole(blog, used, levels):
    uses(blog, used)

    assert crossed(blog) == levels


def test_referents_are_told_once_of_each_level(blog, alice):
    assert uses(blog, 800) == [alice.email]
    assert uses(blog, 900) == []
    assert uses(blog, 1001) == [alice.email]
    assert uses(blog, 1200) == []


def test_two_levels_crossed_at_once_are_told_once(blog, alice):
    assert uses(blog, 1500) == [alice.email]
    assert "plein" in Email.objects.get().subject


def test_space_that_hovers_around_a_level_is_not_told_again(blog):
    uses(blog, 750)

    assert [uses(blog, used) for used in (749, 750, 720, 760)] == [[], [], [], []]


def test_level_left_for_good_and_crossed_again_is_told_again_a_week_later(blog, alice):
    uses(blog, 760)
    uses(blog, 600)
    assert crossed(blog) == []
    assert uses(blog, 760) == []
    assert crossed(blog) == [75]

    uses(blog, 600)
    clock.move_forward(timedelta(days=8))

    assert uses(blog, 760) == [alice.email]


def test_missing_measure_changes_nothing(blog):
    uses(blog, 1200)

    assert uses(blog, None) == []
    assert crossed(blog) == [75, 100]


def test_lifted_limit_ends_the_warnings(blog, staff):
    uses(blog, 1200)

    operations.change_quota(space=blog, quota_bytes=None, by=staff)

    assert crossed(blog) == []


def test_desk_sees_who_is_above_the_whole_and_the_people_on_their_page(blog, client, alice):
    uses(blog, 1200)

    assert [line.url for line in queries.today_lines()] == [f"/desk/spaces/{blog.public_id}/"]
    client.force_login(alice)
    shown = client.get(reverse("space", args=[blog.public_id])).content.decode()
    assert "Il contient plus que sa place" in shown


def test_night_measures_several_at_once_and_one_that_is_silent_delays_no_other(blog, blogs, trois_ponts, alice):
    blogs.write(blog.public_id, "x" * 800)
    Space.objects.update(quota_bytes=1000)
    lost = factories.open_blog(trois_ponts, "perdu", quota_bytes=1000, usage_bytes=900)
    blogs.spoil(lost.public_id, runs=False)

    assert operations.measure_all() == 2

    blog.refresh_from_db()
    lost.refresh_from_db()
    assert (blog.usage_bytes, blog.healthy, lost.usage_bytes, lost.usage_at) == (800, True, 900, None)
    assert [mail.to_address for mail in Email.objects.all()] == [alice.email]
