# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.recipes.findings import RecipeRefused
from tests.machines.recipes.folders import COMPOSE, RECIPE, errors, own


def changed(folder, old: str, new: str) -> list[str]:
    """Return the errors of the recipe with one thing changed, in whichever file it stands."""
    assert (old in RECIPE) != (old in COMPOSE)
    return errors(own(folder, RECIPE.replace(old, new), COMPOSE.replace(old, new)))


def test_a_whole_recipe_has_no_error_and_says_what_it_is(tmp_path):
    recipe = own(tmp_path)
    assert recipe.errors == []
    assert (recipe.slug, recipe.format, recipe.version_names(), recipe.memory) == (
        "carnet",
        "archipel",
        ["1.0", "2.0"],
        64 * 1024**2,
    )
    assert (recipe.volumes, recipe.stateful) == (("notes",), True)


def test_a_recipe_whose_volumes_are_scratch_is_stateless(tmp_path):
    recipe = own(tmp_path, RECIPE.replace("survives:\n", "survives:\n  scratch: [notes]\n"))
    assert (recipe.errors, recipe.stateful) == ([], False)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("memory: 128M, ", "", "compose.yml:4 services.app.deploy.resources.limits.memory: is missing: one space must not stop others"),
        ('cpus: "0.5", ', "", "compose.yml:4 services.app.deploy.resources.limits.cpus: is missing: one space must not stop others"),
        (", pids: 50", "", "compose.yml:4 services.app.deploy.resources.limits.pids: is missing: one space must not stop others"),
        ("        reservations: {memory: 64M}\n", "", "compose.yml:4 services.app.deploy.resources.reservations.memory: is missing: one space must not stop others"),
        ("    healthcheck: {test: [CMD, look], interval: 10s, timeout: 5s, retries: 3, start_period: 30s}\n", "", "compose.yml:4 services.app.healthcheck: is missing: one space must not stop others"),
        ("memory: 128M", "memory: 32M", "compose.yml:4 services.app.deploy.resources: more memory is reserved than it may use"),
        ("    cap_drop: [ALL]\n", "", "compose.yml:4 services.app.cap_drop: [ALL] is expected; give back with cap_add"),
        ("cap_drop: [ALL]", "cap_drop: [CHOWN]", "compose.yml:4 services.app.cap_drop: [ALL] is expected; give back with cap_add"),
        ("cap_drop: [ALL]", "cap_drop: [ALL]\n    ports: ['80:80']", "compose.yml:4 services.app.ports: the proxy reaches containers itself"),
        ("cap_drop: [ALL]", "cap_drop: [ALL]\n    privileged: true", "compose.yml:12 services.app.privileged: no container gets the rights of its machine; Docker leaves it out of a stack as well"),
        ("\nmemory: 64M", "\nmemory: 65M", "recipe.yml:13 memory: its services reserve 64M together, memory says 65M"),
        ("{service: app, port", "{service: web, port", "recipe.yml:23 route: there is no service web in compose.yml"),
        ("networks: [front]", "networks: [other]", "recipe.yml:23 route: the service app does not stand on the network archipel-front"),
        ('{app: "carnet:1.0"}', '{web: "carnet:1.0"}', "recipe.yml:6 versions: an image for each of app is expected in version 1.0"),
        ("  key: {}", "  key: {}\n  other: {}", "recipe.yml:14 secrets: other is no secret of compose.yml"),
        ("  client_secret: if any", "  client_secret: if any\n  key: always", "recipe.yml:16 given: key is made once or given, not both"),
        ("  client_secret: {external: true}", "  client_secret: {external: true}\n  more: {external: true}", "compose.yml:21 secrets.more: recipe.yml says neither under secrets nor under given where it comes from"),
        ("${COLOUR}", "green", "recipe.yml:18 settings: COLOUR is used nowhere in compose.yml"),
        ("${COLOUR}", "${COLOUR}${SHAPE:-x}", "compose.yml: SHAPE is neither a setting of recipe.yml, nor one of STACK_NAME, DOMAIN, TITLE, LANGUAGE, QUOTA, ISSUER, CLIENT_ID, VERSION, nor IMAGE_ and a service"),
        ("${COLOUR}", "${COLOUR}${SHAPE}", "compose.yml:6 services.app.environment.COLOUR: SHAPE is neither a setting of recipe.yml nor given by Archipel"),
        ("${COLOUR}", "${COLOUR", "compose.yml:6 services.app.environment.COLOUR: ${ is never closed by }"),
        ("NAME: ${TITLE}", "NAME: '{{.Node.Hostname}}'", "compose.yml:7 services.app.environment.NAME: templates {{ }} are filled in configurations only"),
        ("survives:\n", "survives:\n  scratch: [cache]\n", "recipe.yml:11 survives: the volume cache is not in compose.yml"),
        ("health: {service: app", "health: {service: web", "recipe.yml:24 hooks: health: there is no service web in compose.yml"),
    ],
)  # fmt: skip
def test_what_a_recipe_promises_is_checked(tmp_path, old, new, words):
    assert words in changed(tmp_path, old, new)


def test_only_the_routed_service_stands_where_every_space_is(tmp_path):
    second = COMPOSE[COMPOSE.index("  app:\n") : COMPOSE.index("volumes:\n  notes")].replace("  app:\n", "  db:\n", 1)
    compose = COMPOSE.replace("volumes:\n  notes", f"{second}volumes:\n  notes").replace("IMAGE_APP", "IMAGE_DB", 1)
    found = errors(own(tmp_path, compose=compose))
    assert "recipe.yml:23 route: the service db stands on archipel-front as well, where every space is" in found


@pytest.mark.parametrize(
    ("recipe", "compose", "words"),
    [
        (RECIPE, "", "compose.yml: a mapping is expected: keys, each with its value"),
        ("", COMPOSE, "recipe.yml: a mapping is expected: keys, each with its value"),
        ("a: [", COMPOSE, "recipe.yml:1: this is not YAML: expected the node content, but found '<stream end>'"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, recipe, compose, words):
    assert [one.replace(" :", ":") for one in errors(own(tmp_path, recipe, compose))] == [words]


def test_a_recipe_with_errors_makes_no_stack(tmp_path):
    recipe = own(tmp_path, RECIPE.replace("memory: 64M", "memory: 1M"))
    with pytest.raises(RecipeRefused, match="its services reserve 64M together"):
        recipe.stack("s-1", values={"DOMAIN": "a.example"}, secrets={"key": "k"})
