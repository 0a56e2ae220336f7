# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archipel.identity.models.persons import Person
from archipel.kernel.references import new_public_id

# What a program may be allowed to do; a token carries some of them, never more than its person's roles allow.
SCOPES: dict[str, str | Promise] = {
    "me:read": _("Read who I am and my organisations"),
    "requests:write": _("Ask for a service"),
    "requests:decide": _("Decide on requests (people of the host)"),
    "waves:write": _("Open and close waves (people of the host)"),
    "agreements:write": _("Agree in the name of my organisations"),
    "organisations:write": _("Invite and remove people"),
    "procedures:read": _("Follow what is being opened"),
    "spaces:read": _("Read the spaces of my organisations"),
    "spaces:write": _("Hold, export and close spaces"),
    "websites:publish": _("Publish websites"),
    "deletion:confirm": _("Confirm a deletion"),
    "machines:read": _("Read the machines (people of the host)"),
    "machines:report": _("Say how full a machine is (people of the host)"),
    "launcher": _("Show my applications in a menu"),
}


class ApiToken(models.Model):
    """A token for programs: only its digest is stored, and it can do no more than its scopes and its person can."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", related_query_name="api_token")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)
