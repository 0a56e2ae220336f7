# SPDX-License-Identifier: AGPL-3.0-or-later
"""What moves when two persons turn out to be one."""

from __future__ import annotations

from archipel.catalogue.models import Maintainer
from archipel.identity import merging as persons
from archipel.identity.models import Person


def move_person(kept: Person, absorbed: Person) -> None:
    """Let one person look after what the other did; a service both looked after has one maintainer less."""
    own = Maintainer.objects.filter(person=kept).values("service")
    Maintainer.objects.filter(person=absorbed, service__in=list(own.values_list("service", flat=True))).delete()
    Maintainer.objects.filter(person=absorbed).update(person=kept)


persons.register("catalogue", move_person)
