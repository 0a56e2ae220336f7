# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models

from archipel.identity.models import Person
from archipel.kernel.references import new_public_id
from archipel.organisations.models.organisations import Organisation


class DeclaredService(models.Model):
    """What an organisation uses at another host, as it says itself: for its own register of where its data is.

    ``country`` is ISO 3166-1 alpha-2, empty when nobody knows; ``confirmed_on`` is the day somebody last said it is still so.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    purpose = models.CharField(max_length=200, blank=True)
    run_by = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)
    link = models.URLField(max_length=300, blank=True)
    confirmed_on = models.DateField()
    confirmed_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="declared_service"
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "name"], name="declared_by_organisation")]

    def __str__(self) -> str:
        return self.name
