# SPDX-License-Identifier: AGPL-3.0-or-later
"""An application of the demonstration's host, and who enters it: a newcomer sees what one account is for."""

from __future__ import annotations

from archipel.identity.models import Client, Person
from archipel.kernel import clock
from archipel.organisations import operations as organisations
from archipel.organisations.models import Organisation

HOME = "https://nuage.example/"


def load_applications(cyclo: Organisation, people: dict[str, Person]) -> None:
    """Register the cloud of L’Escale and give it to the cyclists: Jeanne keeps it in order, the others use it."""
    cloud = Client.objects.create(
        name="Nuage de L’Escale",
        icon="cloud",
        home_url=HOME,
        redirect_uris=[f"{HOME}apps/user_oidc/code"],
        backchannel_logout_uri=f"{HOME}apps/user_oidc/backchannel-logout/archipel",
        scopes=["openid", "profile", "email"],
        claims=["organisations", "roles", "quota"],
        created_at=clock.now(),
    )
    access = organisations.open_application(
        organisation=cyclo, client=cloud, known_roles=["user", "admin"], by=people["maelle"]
    )
    roles = {"referent": "admin", "treasurer": "user", "member": "user"}
    organisations.change_access(access=access, roles=roles, by=people["jeanne"])
