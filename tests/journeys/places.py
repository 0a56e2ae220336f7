# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of the three faces in a seeded demonstration, and the way to each: an address, then names of links."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.journeys.walker import Walker

JEANNE = "jeanne@cyclomaree.example"
YANN = "yann@lescale.example"
SITE = "http://cyclo-maree.pages.localhost"
SIGNED_IN_AS = {"portal": JEANNE, "desk": YANN}


@dataclass(frozen=True)
class Place:
    """``face``: public, portal, desk or site; ``links`` are followed one after the other, by the name they hold."""

    name: str
    face: str
    start: str
    links: tuple[str, ...] = ()
    mail: tuple[str, str] = ("", "")
    status: int = 200
    main: bool = False

    @property
    def most_nodes(self) -> int:
        return 900 if self.face == "desk" else 300 if self.face in ("public", "site") else 600

    def reach(self, walker: Walker) -> None:
        """Go there, as its person would, and look."""
        if self.mail[0]:
            walker.open_mail(*self.mail)
            return
        port = walker.address.rpartition(":")[2]
        walker.page.goto(f"{SITE}:{port}{self.start}" if self.face == "site" else self.start)
        for link in self.links:
            walker.page.locator("main").get_by_role("link", name=re.compile(link)).first.click()
            walker.page.wait_for_load_state()
        assert walker.status == self.status, f"{walker.page.url}: {walker.status}"


def public(name: str, start: str, *links: str, **more: object) -> Place:
    return Place(name, "public", start, links, **more)  # type: ignore[arg-type]


def portal(name: str, start: str, *links: str, **more: object) -> Place:
    return Place(name, "portal", start, links, **more)  # type: ignore[arg-type]


def desk(name: str, start: str, *links: str, **more: object) -> Place:
    return Place(name, "desk", start, links, **more)  # type: ignore[arg-type]


PLACES = [
    portal("my second factor", "/account/second-factor/"),
    portal("a second factor is needed", "/account/second-factor/needed/"),
    portal("my passkeys", "/account/passkeys/"),
    portal("where I am signed in", "/account/sessions/"),
    portal("my addresses", "/account/email/"),
    portal("applications that know me", "/account/applications/"),
    public("front page", "/", main=True),
    public("services", "/services/"),
    public("service", "/services/site/", main=True),
    public("service of several sizes", "/services/nuage/"),
    public("terms", "/services/site/", "^Conditions d’usage$"),
    public("request form", "/services/site/request/", main=True),
    public("tell me", "/services/videos/tell-me/"),
    public("wave", "/services/nuage/", "^Vague d’automne$"),
    public("about", "/about/"),
    public("accessibility", "/accessibility/"),
    public("sign in", "/account/login/"),
    public("sign up", "/account/signup/"),
    public("report a page", "/report/cyclo-maree.pages.localhost/"),
    public("no such page", "/nothing-is-here/", status=404),
    public("mails", "/demonstration/mails/"),
    public("a mail", "/demonstration/mails/", "Vous pouvez|Votre|Nous avons|Confirmez"),
    public("follow a request", "", mail=("rozenn@collectifdulavoir.example", "/requests/follow/")),
    public("agreement", "", mail=(JEANNE, "/agreements/"), main=True),
    portal("home", "/home/", main=True),
    portal("people", "/home/", "^Publier$", "^Personnes de l’organisation$"),
    portal("organisation", "/home/", "^Cyclo-Marée$"),
    portal("invite a list", "/home/", "^Cyclo-Marée$", "^Inviter et gérer", "^Inviter une liste$"),
    portal("a member", "/home/", "^Cyclo-Marée$", "^Inviter et gérer", "Loïc Guéguen$"),
    portal("who enters where", "/home/", "^Cyclo-Marée$", "^Qui entre où$"),
    portal("who enters an application", "/home/", "^Cyclo-Marée$", "^Qui entre où$", "Nuage de L’Escale$"),
    portal("history", "/home/", "^Cyclo-Marée$", "Lire l’historique"),
    portal("where our data is", "/home/", "^Cyclo-Marée$", "^Voir où elles sont$"),
    portal(
        "declare a service elsewhere",
        "/home/",
        "^Cyclo-Marée$",
        "^Voir où elles sont$",
        "^Déclarer un service ailleurs$",
    ),
    portal("a service elsewhere", "/home/", "^Cyclo-Marée$", "^Voir où elles sont$", "^Billetterie$"),
    portal("space", "/home/", "^Publier$", main=True),
    portal("close a space", "/home/", "^Publier$", "^Fermer cet espace"),
    portal("profile", "/account/profile/"),
    portal("my data", "/account/data/"),
    portal("tokens", "/account/tokens/"),
    desk("today", "/desk/", main=True),
    desk("requests", "/desk/requests/"),
    desk("request", "/desk/requests/", "Les Jardins du Ponant", main=True),
    desk("waves", "/desk/waves/"),
    desk("a wave", "/desk/waves/", "^Vague d’automne$"),
    desk("peers", "/desk/peers/"),
    desk("spaces", "/desk/spaces/"),
    desk("a space", "/desk/spaces/", "^Cyclo-Marée$", main=True),
    desk("machines", "/desk/machines/"),
    desk("a machine", "/desk/machines/", "^macareux$"),
    desk("retire a machine", "/desk/machines/", "^macareux$", "^La retirer"),
    desk("declare a machine", "/desk/machines/new/"),
    desk("add a place", "/desk/machines/places/new/"),
    desk("organisations", "/desk/organisations/"),
    desk("an organisation", "/desk/organisations/", "^Cyclo-Marée$"),
    desk("applications given", "/desk/organisations/", "^Cyclo-Marée$", "^Donner ou reprendre"),
    desk("people", "/desk/people/"),
    desk("a person", "/desk/people/", "^Jeanne Kerbrat$"),
    desk("applications", "/desk/applications/"),
    desk("an application", "/desk/applications/", "^Nuage de L’Escale$"),
    desk("register an application", "/desk/applications/new/"),
    desk("moving in", "/desk/imports/"),
    desk("user names of former software", "/desk/imports/names/"),
    desk("catalogue", "/desk/catalogue/"),
    desk("a service", "/desk/catalogue/site/"),
    desk("mails", "/desk/mails/"),
    desk("history", "/desk/history/"),
    desk("settings", "/desk/settings/"),
    Place("first page of a site", "site", "/"),
    Place("page a site does not have", "site", "/nothing-is-here", status=404),
]
