# SPDX-License-Identifier: AGPL-3.0-or-later
"""Applications of the demonstration, and who enters them: a newcomer sees what one account is for."""

from __future__ import annotations

from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.organisations import operations as organisations
from archipel.organisations.models import Organisation

CLOUD = "https://nuage.example/"
MINUTES = "http://127.0.0.1:9000/"


def load_applications(cyclo: Organisation, people: dict[str, Person]) -> None:
    """Register the cloud of L’Escale and an application that runs on this computer, and give both to the cyclists.

    Jeanne keeps them in order, the others use them. The secret of the second one is renewed at the desk to try it.
    """
    cloud, _secret = identity.register_client(
        name="Nuage de L’Escale", icon="cloud", home_url=CLOUD, redirect_uris=[f"{CLOUD}apps/user_oidc/code"],
        backchannel_logout_uri=f"{CLOUD}apps/user_oidc/backchannel-logout/archipel",
        claims=["organisations", "roles", "quota"], by=people["yann"],
    )  # fmt: skip
    minutes, _secret = identity.register_client(
        name="Comptes rendus", icon="pad", home_url=MINUTES, redirect_uris=[f"{MINUTES}callback"],
        post_logout_redirect_uris=[MINUTES], backchannel_logout_uri=f"{MINUTES}backchannel",
        claims=["organisations", "roles"], by=people["yann"],
    )  # fmt: skip
    for client, modest, most in ((cloud, "usage", "gestion"), (minutes, "lecture", "redaction")):
        access = organisations.open_application(
            organisation=cyclo, client=client, known_roles=[modest, most], by=people["maelle"]
        )
        roles = {"referent": most, "treasurer": modest, "member": modest}
        organisations.change_access(access=access, roles=roles, by=people["jeanne"])
