# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same questions to the fake and to a real Keycloak: who gets in where, with which roles, and who is told."""

from __future__ import annotations

import time
from typing import Any

import jwt
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from archipel.connectors.keycloak.fake import FakeSignOn, NoEntry
from archipel.identity.ports import ClientSpec, EntrySpec, GroupSpec, PersonSpec, RealmSpec, Stranger
from tests.connectors.keycloak.realms import emptied, sign_on_of
from tests.connectors.keycloak.relying_party import Browser, Page, RelyingParty, application_listening

PASSPHRASE = "quatre bateaux bleus au port"
SALT = "abcdefgh12345678"
BACK = "http://127.0.0.1:9/callback?of=nuage"
REALM = RealmSpec(
    "realm", return_url="http://127.0.0.1:9/return", logout_url="http://127.0.0.1:9/out",
    home_url="http://127.0.0.1:9/", secret="secret-of-the-pages",
)  # fmt: skip
GROUP = GroupSpec("group234567890", "La ressourcerie des Trois-Ponts")
# Few iterations: Keycloak must read the hash, not be slow about it.
BOB = PersonSpec(
    "bob23456789012", "Bob Leroy", "bob@trois-ponts.example", groups=frozenset({GROUP.id}),
    passphrase_hash=PBKDF2PasswordHasher().encode(PASSPHRASE, SALT, iterations=1000),
)  # fmt: skip
CHARLIE = PersonSpec(
    "charlie3456789", "Charlie Petit", "charlie@elsewhere.example", language="en",
    passphrase_hash=Argon2PasswordHasher().encode(PASSPHRASE, SALT),
)  # fmt: skip
NO_ENTRY = (("fr", "Vous n’avez pas accès à {Nuage} : demandez à l'équipe."), ("en", "You have no access to Nuage."))
ENTRY = EntrySpec("nuage234567890", BOB.id, frozenset({"editor", "reader"}))


class FakeWorld:
    def __init__(self) -> None:
        self.sign_on = FakeSignOn()
        self.client = ClientSpec(ENTRY.client_id, "Nuage", redirect_uris=frozenset({BACK}), refusals=NO_ENTRY)
        self._sessions: dict[str, Any] = {}

    def stranger(self, email: str, confirmed: bool) -> None:
        self.sign_on.strangers.append(Stranger("somebody", "Bob d’avant", email, confirmed, True))

    def sign_in(self, person: PersonSpec, client: ClientSpec) -> list[str] | str:
        """Return the roles the application was told, or what the page at its door said."""
        try:
            self._sessions[person.id], roles = self.sign_on.sign_in(person.email, client.id)
        except NoEntry as said:
            return said.args[0][person.language]
        return roles

    def is_in(self, person: PersonSpec) -> bool:
        return self._sessions[person.id].lives

    def is_told_to_set_up_codes(self, person: PersonSpec) -> bool:
        return person.id in self.sign_on.told_to_set_up_codes

    def told(self) -> int:
        """Return how often the application was told that a session is over."""
        return len(self.sign_on.told)

    def close(self) -> None:
        """Nothing runs."""


class RealWorld:
    def __init__(self, keycloak: Any, place: Any) -> None:
        self.keycloak, self.place = keycloak, emptied(place)
        self.sign_on = sign_on_of(self.place)
        self._listening = application_listening()
        address, self._heard = self._listening.__enter__()
        self.client = ClientSpec(
            ENTRY.client_id, "Nuage", redirect_uris=frozenset({BACK}), refusals=NO_ENTRY,
            backchannel_logout_uri=address, secret="secret-of-nuage",
        )  # fmt: skip
        self._parties: dict[str, tuple[RelyingParty, Browser, dict]] = {}

    def stranger(self, email: str, confirmed: bool) -> None:
        account = {"username": "bob", "email": email, "emailVerified": confirmed, "enabled": True}
        names = {"firstName": "Bob", "lastName": "d’avant"}
        self.keycloak.admin("POST", f"/{self.place.realm}/users", json=account | names)

    def party(self, client: ClientSpec) -> RelyingParty:
        return RelyingParty(self.place.issuer, client.id, client.secret, BACK)

    def sign_in(self, person: PersonSpec, client: ClientSpec) -> list[str] | str:
        party, browser = self.party(client), Browser()
        page = browser.go(party.address(ui_locales=person.language), BACK)
        assert isinstance(page, Page)
        led_to = browser.sign_in(page, person.email, PASSPHRASE, BACK)
        if isinstance(led_to, Page):
            return next((text for _language, text in NO_ENTRY if text in led_to.words), led_to.words)
        tokens = party.tokens(led_to)
        assert tokens["claims"]["sub"] == person.id
        self._parties[person.id] = (party, browser, tokens)
        return sorted(tokens["claims"].get("roles", []))

    def is_in(self, person: PersonSpec) -> bool:
        party, _browser, tokens = self._parties[person.id]
        return party.userinfo(tokens["access_token"]).status_code == 200

    def is_told_to_set_up_codes(self, person: PersonSpec) -> bool:
        browser = Browser()
        page = browser.go(self.party(self.client).address(), BACK)
        assert isinstance(page, Page)
        led_to = browser.sign_in(page, person.email, PASSPHRASE, BACK)
        return isinstance(led_to, Page) and 'id="kc-totp-settings-form"' in led_to.text

    def told(self) -> int:
        end = time.monotonic() + 5
        while not self._heard and time.monotonic() < end:
            time.sleep(0.05)
        for token in self._heard:
            told = jwt.decode(token, options={"verify_signature": False})
            assert (told["aud"], "http://schemas.openid.net/event/backchannel-logout" in told["events"]) == (
                self.client.id,
                True,
            )
        return len(self._heard)

    def close(self) -> None:
        self._listening.__exit__(None, None, None)
