# SPDX-License-Identifier: AGPL-3.0-or-later
"""The nine steps. Each says in one line what happened and where it can be seen."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from archipel.config.tour.speaking import Api, insist, wait_for
from archipel.portal.demonstration.sign_ins import PASSPHRASE

REFERENT = "camille@trois-ponts.example"
MEMBERS = ["ines@trois-ponts.example", "paul@trois-ponts.example"]
OWN = "une lanterne dans la brume douce"
DESK_SCOPES = [
    "requests:decide",
    "agreements:write",
    "waves:write",
    "spaces:read",
    "spaces:write",
    "deletion:confirm",
    "procedures:read",
    "me:read",
]
OWN_SCOPES = [
    "spaces:read",
    "spaces:write",
    "websites:publish",
    "organisations:write",
    "procedures:read",
    "deletion:confirm",
    "me:read",
]
WAVE = {
    "service": "videos",
    "names": {"fr": "Vague d’essai", "en": "Trial wave"},
    "criteria": {"fr": "Associations", "en": "Associations"},
}
REQUEST = {
    "service": "site", "language": "fr", "organisation_name": "La ressourcerie des Trois-Ponts", "organisation_kind": "collective",
    "founded_year": 2021, "fields_of_action": ["environment"], "town": "29039", "person_name": "Camille Berthou", "email": REFERENT,
    "price_level": "full", "price_reason": "", "wished_address": "trois-ponts",
    "message": "Nous réparons et revendons, et nous voulons le dire.", "answers": {"today": "Nulle part"}, "redirect_consent": True,
}  # fmt: skip


def _zip(**pages: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in pages.items():
            archive.writestr(
                name.replace("_", "."), f"<!doctype html><html lang=fr><title>{text}</title><h1>{text}</h1></html>"
            )
    return buffer.getvalue()


class Walk:
    """One walk against one installation of the demonstration; ``say`` gets a line a step."""

    def __init__(self, address: str, say: Callable[[str], None]) -> None:
        self.address = address
        self.say = say
        self.anyone = Api(address)
        self.maelle = self.anyone.as_person("maelle@lescale.example", PASSPHRASE, *DESK_SCOPES)
        self.yann = self.anyone.as_person("yann@lescale.example", PASSPHRASE, *DESK_SCOPES)
        self.camille = self.anyone
        self.request_id = self.space_id = self.organisation_id = self.site = ""

    def all(self) -> None:
        """Walk the nine steps, in their order; ``Broken`` stops."""
        for step in (
            self.catalogue, self.request, self.decision, self.wave, self.agreement, self.procedure, self.people, self.publish, self.leave,
        ):  # fmt: skip
            step()

    def _line(self, number: int, words: str, path: str) -> None:
        self.say(f"{number}. {words}  {self.address}{path}")

    def catalogue(self) -> None:
        service = self.anyone.call("GET", "/api/services/site")
        insist(service["state"] == "open", "the service 'site' is not open")
        self._line(1, "The public page shows what is offered.", "/services/site/")

    def request(self) -> None:
        tier = self.anyone.call("GET", "/api/services/site")["tiers"][0]["id"]
        made = self.anyone.call("POST", "/api/requests", REQUEST | {"tier": tier}, expect=202)
        insist(bool(made), "nothing was received")
        token = self.anyone.link_of_mail(REFERENT, r"/requests/confirm/([\w-]+)/")
        confirmed = self.anyone.call("POST", "/api/requests/confirm", {"token": token})
        self.request_id = confirmed["id"]
        self.anyone.call("POST", "/api/requests/confirm", {"token": token}, expect=410)
        self._line(
            2, "The Trois-Ponts asked for a website and confirmed their address.", f"/desk/requests/{self.request_id}/"
        )

    def decision(self) -> None:
        lines = self.maelle.call("GET", "/api/today")
        insist(any(self.request_id in line["url"] for line in lines), "the request is not on Today")
        before = self.maelle.call("GET", f"/api/requests/{self.request_id}")
        accept = {"decision": "accept", "version": before["version"], "words": "Bienvenue !"}
        self.maelle.call("POST", f"/api/requests/{self.request_id}/decision", accept)
        decline = {"decision": "decline", "version": before["version"], "reason": "criteria", "words": "Non."}
        refused = self.yann.call("POST", f"/api/requests/{self.request_id}/decision", decline, expect=409)
        insist(refused["code"] == "already_decided", f"the second decision was answered {refused['code']}")
        self._line(3, "Maëlle accepted; Yann, a second later, saw her decision.", "/desk/")

    def wave(self) -> None:
        opens = datetime.fromisoformat(self.anyone.call("GET", "/api/clock")["now"]) + timedelta(hours=1)
        wanted = {
            "opens_at": opens.isoformat(),
            "closes_at": (opens + timedelta(days=10)).isoformat(),
            "capacity": 5,
            "order": "lot",
        }
        planned = self.maelle.call("POST", "/api/waves", WAVE | wanted, expect=201)
        opened = self.maelle.call("POST", f"/api/waves/{planned['id']}/open")
        insist(
            len(opened["seed_hash"]) == 64 and not opened["seed"], "the seed's hash is not published, or the seed is"
        )
        self._line(4, "A wave opened; the hash of its seed is public.", f"/waves/{planned['id']}/")

    def agreement(self) -> None:
        token = self.anyone.link_of_mail(REFERENT, r"/agreements/([\w-]+)/")
        agreed = self.anyone.call("POST", f"/api/requests/{self.request_id}/agreement", {"token": token})
        lines = self.yann.call("GET", f"/api/agreements/{agreed['agreement']}")["lines"]
        cents = sorted(line["cents_a_year"] for line in lines)
        insist(cents == [3000, 6000], f"the agreement holds {cents}, not 30 € and 60 €")
        self._line(5, "The referent agreed to 30 € + 60 € = 90 € a year.", f"/agreements/{token}/")

    def procedure(self) -> None:
        def opened() -> Any:
            request = self.maelle.call("GET", f"/api/requests/{self.request_id}")
            return request if request["state"] == "open" else None

        request = wait_for(opened, "the space to open")
        self.space_id = request["space"]
        space = self.maelle.call("GET", f"/api/spaces/{self.space_id}")
        progress = self.maelle.call("GET", f"/api/procedures/{space['procedure']}")
        insist(progress["state"] == "done" and progress["done"] == progress["total"], "the procedure is not done")
        self.organisation_id, self.site = space["organisation"], urlsplit(space["url"]).hostname or ""
        insist("Trois-Ponts" in self._page("/"), "the first page does not say whose it is")
        self._line(6, f"{progress['done']} steps of {progress['total']} are done.", f"/spaces/{self.space_id}/opening/")

    def _page(self, path: str, expect: int = 200) -> str:
        status, headers, body = self.anyone.fetch("GET", path, host=self.site)
        insist(status == expect, f"the site answered {status} for {path}, not {expect}")
        insist("set-cookie" not in headers, "the site set a cookie")
        return body.decode()

    def people(self) -> None:
        token = self.anyone.link_of_mail(REFERENT, r"/invitation/([\w-]+)/")
        answer = {"token": token, "name": "Camille Berthou", "passphrase": OWN}
        self.anyone.call("POST", "/api/invitations/accept", answer)
        self.camille = self.anyone.as_person(REFERENT, OWN, *OWN_SCOPES)
        people = f"/api/organisations/{self.organisation_id}"
        for email in MEMBERS:
            self.camille.call("POST", f"{people}/invitations", {"email": email, "role": "member"}, expect=201)
            invited = self.anyone.link_of_mail(email, r"/invitation/([\w-]+)/")
            name = email.split("@")[0].capitalize()
            self.anyone.call("POST", "/api/invitations/accept", {"token": invited, "name": name, "passphrase": OWN})
        paul = next(one for one in self.camille.call("GET", f"{people}/people") if one["name"] == "Paul")
        self.camille.call("DELETE", f"{people}/people/{paul['person_id']}", expect=204)
        left = {one["name"] for one in self.camille.call("GET", f"{people}/people")}
        insist(left == {"Camille Berthou", "Ines"}, f"the people are {left}")
        self._line(
            7,
            "The referent signed in, invited two members and removed one.",
            f"/organisations/{self.organisation_id}/people/",
        )

    def publish(self) -> None:
        versions = f"/api/spaces/{self.space_id}/versions"
        first = self.camille.call("POST", versions, expect=201, raw=_zip(index_html="Bienvenue"))
        self.camille.call("POST", versions, expect=201, raw=_zip(index_html="Vente samedi", about_html="Nous"))
        insist("Vente samedi" in self._page("/") and "Nous" in self._page("/about"), "what was published is not served")
        refused = self.camille.call("POST", versions, expect=422, raw=b"this is no zip")
        insist("Vente samedi" in self._page("/"), f"a refused upload ({refused['code']}) touched the site")
        self.camille.call("POST", f"{versions}/{first['id']}/restore")
        wait_for(lambda: "Bienvenue" in self._page("/"), "the earlier version")
        self._line(
            8,
            f"The site was published, and an earlier version restored: http://{self.site}",
            f"/spaces/{self.space_id}/",
        )

    def leave(self) -> None:
        space = f"/api/spaces/{self.space_id}"
        hold = self.yann.call(
            "POST", f"{space}/holds", {"kind": "maintenance", "effect": "suspended", "reason": "Essai"}, expect=201
        )
        wait_for(lambda: self.anyone.fetch("GET", "/", host=self.site)[0] == 503, "the hold")
        self.yann.call("DELETE", f"{space}/holds/{hold['id']}")
        wait_for(lambda: self.anyone.fetch("GET", "/", host=self.site)[0] == 200, "the release")
        self._take_away(space)
        self.camille.call("POST", f"{space}/closing", {"reason": "Nous changeons de port."}, expect=201)
        self.yann.call("POST", "/api/demonstration/clock", {"days": 61})
        # Nothing is confirmed before the export that closing made can be fetched.
        wait_for(lambda: self.camille.fetch("POST", f"{space}/deletion")[0] == 200, "the export of the closing")
        self.yann.call("POST", f"{space}/deletion")
        proof = wait_for(lambda: self.yann.call("GET", space)["closing"]["proof"], "the proof of deletion")
        insist(self.yann.call("GET", space)["state"] == "deleted", "the space is not deleted")
        self._page("/", expect=404)
        self._line(
            9,
            f"Held, released, exported, closed and deleted by two persons, with a proof of {len(proof)} facts.",
            f"/desk/spaces/{self.space_id}/",
        )

    def _take_away(self, space: str) -> None:
        asked = self.camille.call("POST", f"{space}/exports", expect=202)

        def ready() -> Any:
            export = self.camille.call("GET", f"{space}/exports/{asked['id']}")
            return export if export["ready"] else None

        export = wait_for(ready, "the export")
        status, _, content = self.camille.fetch("GET", export["url"])
        insist(
            status == 200 and hashlib.sha256(content).hexdigest() == export["sha256"], "the export is not what it says"
        )
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            insist(bundle.testzip() is None, "the export is damaged")
            json.loads(bundle.read("manifest.json"))
