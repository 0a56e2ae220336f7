# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from archipel.machines.ports import Hook
from archipel.machines.recipes.antifeatures import NAMES
from archipel.machines.recipes.description import read_description
from archipel.machines.recipes.findings import Notebook
from archipel.machines.recipes.recipe import Antifeature, SecretMade, Setting, SignOn, Version
from archipel.machines.recipes.traefik import Route
from archipel.spaces.ports import SignOnShape
from tests.machines.recipes.folders import RECIPE, noted, tree

WHOLE = (
    RECIPE
    + """\
  export: {service: app, command: [dump, -x], timeout: 5m}
  upgrade: {service: app, command: [migrate]}
antifeatures:
  tracking: {en: It asks for a map., fr: Il demande une carte.}
sign_on:
  redirect_uris: ["https://{address}/callback"]
  post_logout_redirect_uris: ["https://{address}/"]
  backchannel_logout_uri: "https://{address}/logout"
  home_url: "https://{address}/start"
  scopes: [openid, email]
  claims: [groups]
  roles: {referent: admin, member: user}
  pkce_exemption: It sends none.
  session_minutes: 60
"""
)


def read(text: str) -> tuple[dict, list[str]]:
    notebook = Notebook(own=True)
    made = read_description(tree(text, "recipe.yml"), Path("carnet"), notebook)
    return made, noted(notebook)


def changed(old: str, new: str, text: str = RECIPE) -> list[str]:
    assert old in text
    return [words.removeprefix("! ") for words in read(text.replace(old, new))[1]]


def test_every_key_is_read():
    made, said = read(WHOLE)
    assert said == []
    assert made == {
        "slug": "carnet",
        "name": "Carnet",
        "description": {"en": "A notebook.", "fr": "Un carnet."},
        "licence": "AGPL-3.0-only",
        "source": "https://carnet.example/source",
        "versions": (Version("1.0", {"app": "carnet:1.0"}), Version("2.0", {"app": "carnet:2.0"})),
        "antifeatures": (Antifeature("tracking", {"en": "It asks for a map.", "fr": "Il demande une carte."}),),
        "scratch": (),
        "survives": {"en": "The latest back-up.", "fr": "La dernière sauvegarde."},
        "memory": 64 * 1024**2,
        "secrets": (SecretMade("key", 32),),
        "given": {"client_secret": False},
        "settings": (Setting("COLOUR", "green", ("green", "blue"), {"en": "Colour.", "fr": "Couleur."}),),
        "sign_on": SignOn(
            ("https://{address}/callback",), ("https://{address}/",), "https://{address}/logout", "https://{address}/start",
            ("openid", "email"), ("groups",), (("referent", "admin"), ("member", "user")), "It sends none.", 60,
        ),
        "route": Route("app", 8000),
        "hooks": {"health": Hook("app", ("look",), 60), "export": Hook("app", ("dump", "-x"), 300), "upgrade": Hook("app", ("migrate",), 60)},
    }  # fmt: skip


def test_the_sign_on_of_a_recipe_is_the_one_a_connector_answers():
    shape = read(WHOLE)[0]["sign_on"]
    assert vars(SignOnShape(**vars(shape))) == vars(shape)
    assert vars(SignOnShape(redirect_uris=("x",))) == vars(SignOn(redirect_uris=("x",)))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("format: 1", "format: is missing: 1"),
        ("name: Carnet", "name: is missing: what the application is called"),
        ("description: {en: A notebook., fr: Un carnet.}", "description: is missing: one sentence in en and in fr"),
        ("licence: AGPL-3.0-only", "licence: is missing: the licence of the application, an SPDX expression"),
        ("source: https://carnet.example/source", "source: is missing: the address where the source code is found"),
        ("memory: 64M", "memory: is missing: what a space reserves, such as 256M"),
        ("route: {service: app, port: 8000}", "route: is missing: the service and the port visitors are sent to"),
        (RECIPE[RECIPE.index("versions:") : RECIPE.index("survives:")], "versions: is missing: the versions it can open, oldest first"),
        (RECIPE[RECIPE.index("survives:") : RECIPE.index("memory:")], "survives.words: is missing: what survives the loss of a machine, in en and in fr"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(key, words):
    text = RECIPE.replace(key if key.endswith("\n") else f"{key}\n", "")
    assert text != RECIPE
    assert [said.removeprefix("! ").partition(" ")[2] for said in read(text)[1]] == [words]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("format: 1", "format: 2", "recipe.yml:1 format: 1 is expected: the only format there is"),
        ("name: Carnet", "name: [Carnet]", "recipe.yml:2 name: a single word is expected"),
        ("fr: Un carnet.", "de: Ein Heft.", "recipe.yml:3 description.de: en and fr are expected"),
        (", fr: Un carnet.", "", "recipe.yml:3 description.fr: is missing: the words in this language"),
        ("fr: Un carnet.", "fr: ' '", "recipe.yml:3 description.fr: is empty: some words are expected"),
        ("AGPL-3.0-only", "AGPL-3.0", "recipe.yml:4 licence: AGPL-3.0 is not precise: -only or -or-later is expected after it"),
        ("AGPL-3.0-only", "free for all", "recipe.yml:4 licence: an SPDX expression is expected, such as GPL-2.0-or-later"),
        ("https://carnet", "http://carnet", "recipe.yml:5 source: an address that begins with https:// is expected"),
        ('- version: "1.0"', "- version: 1.0", 'recipe.yml:7 versions[0].version: a version in quotes is expected, such as "6.1"'),
        ('- version: "2.0"', '- version: "1.0"', "recipe.yml:9 versions[1].version: 1.0 is there twice"),
        ('- version: "1.0"', '- version: "1 0"', 'recipe.yml:7 versions[0].version: a version in quotes is expected, such as "6.1"'),
        ('{app: "carnet:1.0"}', '{app: }', "recipe.yml:8 versions[0].images.app: is empty: some words are expected"),
        ("    images: {app: \"carnet:1.0\"}\n", "", "recipe.yml:7 versions[0]: version and images are expected, nothing else"),
        ("memory: 64M", "memory: little", "recipe.yml:13 memory: “little” is not a size such as 256M or 1.5G"),
        ("  key: {}", "  Key: {}", "recipe.yml:15 secrets.Key: small letters, digits and low lines are expected, 40 at most"),
        ("  key: {}", "  key: {length: 8}", "recipe.yml:15 secrets.key.length: from 16 to 128 signs are expected"),
        ("  key: {}", "  key: {signs: 32}", "recipe.yml:15 secrets.key: length is the only key of a secret"),
        ("if any", "sometimes", "recipe.yml:17 given.client_secret: the name of a secret with “always” or “if any” is expected"),
        ("  COLOUR:", "  colour:", "recipe.yml:20 settings.colour: a name in capitals is expected, none of STACK_NAME, DOMAIN, TITLE, LANGUAGE, QUOTA, ISSUER, CLIENT_ID, VERSION"),
        ("  COLOUR:", "  DOMAIN:", "recipe.yml:20 settings.DOMAIN: a name in capitals is expected, none of STACK_NAME, DOMAIN, TITLE, LANGUAGE, QUOTA, ISSUER, CLIENT_ID, VERSION"),
        ("default: green", "default: red", "recipe.yml:20 settings.COLOUR.default: one of green, blue is expected"),
        ("    description: {en: Colour., fr: Couleur.}\n", "", "recipe.yml:20 settings.COLOUR.description: is missing: one sentence in en and in fr"),
        ("    default: green", "    defaults: green", "recipe.yml:20 settings.COLOUR.defaults: default, choices and description are expected"),
        ("port: 8000", "port: 0", "recipe.yml:23 route.port: a port from 1 to 65535 is expected"),
        ("service: app, port", "services: app, port", "recipe.yml:23 route.service: is missing: the service visitors are sent to"),
        ("memory: 64M", "memory: 64M\nlicense: x", "recipe.yml:14 license: is no key of a recipe; format, name, description, licence, source, versions, antifeatures, survives, memory, secrets, given, settings, sign_on, route and hooks are"),
        ("  words: {en", "  words : {en", None),
        ("survives:\n", "survives:\n  text: x\n", "recipe.yml:12 survives.text: is no key of a recipe; words and scratch are"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line_and_what_is_expected(old, new, words):
    said = changed(old, new)
    assert (words in said) if words else said == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tracking:", "spying:", f"recipe.yml:29 antifeatures: spying is not one of {', '.join(NAMES)}"),
        ("https://{address}/callback", "https://elsewhere.example/", "recipe.yml:31 sign_on: https://elsewhere.example/ does not begin with https://{address}/"),
        ("referent: admin, ", "", "recipe.yml:37 sign_on.roles: a word for each of referent, member is expected"),
        ("session_minutes: 60", "session_minutes: -1", "recipe.yml:39 sign_on.session_minutes: a whole number is expected"),
        ("  claims: [groups]", "  claim: [groups]", "recipe.yml:36 sign_on.claim: is no key of a recipe; redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, home_url, scopes, claims, roles, pkce_exemption and session_minutes are"),
        ("  export:", "  exports:", "recipe.yml:26 hooks.exports: is no hook; install, sign-on, people, usage, health, export, restore, upgrade are"),
        ("command: [dump, -x], ", "", "recipe.yml:26 hooks.export.command: is missing"),
        ("timeout: 5m", "timeout: 5", "recipe.yml:26 hooks.export.timeout: “5” is not a duration such as 10s or 1m30s"),
        ("timeout: 5m", "user: root", "recipe.yml:26 hooks.export.user: service, command and timeout are expected"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_optional_keys_is_refused(old, new, words):
    assert words in changed(old, new, WHOLE)


@pytest.mark.parametrize(
    "licence", ["MIT", "GPL-2.0-or-later", "Apache-2.0 AND MIT", "(MIT OR AGPL-3.0-only) AND BSD-3-Clause", "GPL-2.0-only WITH Classpath-exception-2.0"]
)  # fmt: skip
def test_licences_are_spdx_expressions(licence):
    assert changed("AGPL-3.0-only", licence) == []


@pytest.mark.parametrize("written", ["antifeatures: []", "antifeatures: [tracking, paid-content]", "antifeatures: {}"])
def test_antifeatures_may_be_none_or_names_alone(written):
    made, said = read(f"{RECIPE}{written}\n")
    assert said == []
    assert [one.name for one in made["antifeatures"]] == (["tracking", "paid-content"] if "tracking" in written else [])


def test_all_problems_are_said_at_once():
    assert len(changed("memory: 64M", "memory: x\nunknown: y", RECIPE.replace("format: 1", "format: 3"))) == 3
