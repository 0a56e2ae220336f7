# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.ports import FileIn, Mount
from archipel.machines.recipes.findings import Place
from archipel.machines.recipes.recipe import SecretMade, Setting, Version
from archipel.machines.recipes.traefik import Route
from tests.machines.recipes.folders import COOP_COMPOSE, COOP_SAMPLE, coop, errors

SECRETS = {"app_key": "0123456789abcdef", "db_password": "p" * 32}


def said(recipe) -> list[str]:
    return [("! " if one.error else "") + str(one) for one in recipe.findings if one.group == "not_read"]


def test_a_recipe_is_read_as_it_is(tmp_path):
    recipe = coop(tmp_path)
    assert recipe.errors == []
    assert (recipe.slug, recipe.name, recipe.format) == ("jardin", "jardin", "co-op cloud")
    assert recipe.versions == (Version("2.0.0+1.4.2", {"app": "registry.example/jardin:1.4.2", "db": "mariadb:10.11"}),)
    assert recipe.route == Route("app", 3000, ("space.example.org",))
    assert recipe.secrets == (SecretMade("app_key", 64, "hex"), SecretMade("db_password", 32))
    assert recipe.settings == (
        Setting("COLOUR", "", description={"en": "Colour of the gate"}),
        Setting("WELCOME", "Bonjour à tous"),
    )
    assert (recipe.volumes, recipe.stateful) == (("rows", "seeds"), True)


def test_a_space_gets_its_names_secrets_and_written_templates(tmp_path):
    stack = coop(tmp_path).stack("s-9", values={"DOMAIN": "jardin.example.org"}, secrets=SECRETS, machine="m1")
    app, db = stack.services
    assert (stack.name, stack.networks, stack.shared_networks) == ("s-9", ("internal",), ("archipel-front",))
    assert app.environment == {
        "DB_HOST": "db", "DOMAIN": "jardin.example.org", "COLOUR": "green", "KEY_FILE": "/run/secrets/app_key"
    }  # fmt: skip
    assert app.networks == ("archipel-front", "internal")
    assert app.mounts == (Mount("/var/lib/jardin", "seeds"),)
    assert app.constraints == db.constraints == ("node.id==m1",)
    assert stack.secrets == {"app_key": b"0123456789abcdef", "db_password": b"p" * 32}
    assert app.configs == (FileIn("settings-app", "/etc/jardin.ini", 0, 0, 0o444),)
    assert stack.configs == {"settings-app": b"host = jardin.example.org\ngreen = yes\n"}
    # What spoke to Traefik, abra and the back-up tool speaks to nobody here.
    assert app.labels == {}


def test_a_setting_changes_variables_and_templates(tmp_path):
    values = {"DOMAIN": "jardin.example.org", "COLOUR": "red"}
    stack = coop(tmp_path).stack("s-9", values=values, secrets=SECRETS)
    assert stack.services[0].environment["COLOUR"] == "red"
    assert stack.configs == {"settings-app": b"host = jardin.example.org\ngreen = no\n"}


def test_all_that_is_not_read_is_said(tmp_path):
    recipe = coop(
        tmp_path,
        **{"compose.smtp.yml": "x: 1\n", "notes.sh": "exit\n", "release/2.0.0": "x", "README.md": "# Le jardin\n"},
    )
    assert said(recipe) == [
        "abra.sh:3 backup: a function for abra: never run here",
        "compose.smtp.yml: an optional part, not in force: COMPOSE_FILE in .env.sample does not name it",
        "compose.yml:34 services.app.labels.backupbot.backup: Archipel backs every space up in its own way",
        "notes.sh: is used by nothing that is read",
    ]
    assert recipe.name == "Le jardin"


def test_what_is_done_in_another_way_is_said(tmp_path):
    assert [str(one) for one in coop(tmp_path).findings if one.group == "differently"] == [
        "compose.yml:8 services.app.depends_on: services start together and find one another when they are up; Docker leaves it out of a stack as well",
        "compose.yml:32 services.app.labels.traefik.http.routers.s-example.entrypoints: Archipel's proxy does this for every space",
        "compose.yml:43 networks.proxy: the proxy's network is archipel-front",
        "compose.yml:51 secrets.app_key.name: named by Archipel, anew whenever its content changes",
        "compose.yml:54 secrets.db_password.name: named by Archipel, anew whenever its content changes",
        "compose.yml:57 configs.settings.name: named by Archipel, anew whenever its content changes",
    ]  # fmt: skip


def test_parts_in_force_are_put_over_the_first(tmp_path):
    part = "version: '3.8'\nservices: {app: {environment: {MAIL: 'on'}}, mail: {image: 'm:1', networks: [internal]}}\n"
    sample = COOP_SAMPLE + 'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:compose.mail.yml"\n'
    recipe = coop(tmp_path, sample=sample, **{"compose.mail.yml": part})
    stack = recipe.stack("s-9", values={"DOMAIN": "a.example"}, secrets=SECRETS)
    assert [one.name for one in stack.services] == ["app", "db", "mail"]
    assert (stack.services[0].environment["MAIL"], stack.services[0].image) == ("on", "registry.example/jardin:1.4.2")
    assert stack.networks == ("internal",)


def test_a_part_that_is_not_there_is_an_error(tmp_path):
    assert errors(coop(tmp_path, sample="COMPOSE_FILE=compose.yml:compose.x.yml\n")) == [
        "compose.x.yml: the recipe has no such file"
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Host(`${DOMAIN}`${EXTRA_DOMAINS})", "Host(`${DOMAIN}`) && PathPrefix(`/x`)", "only Host(`…`) is read: a space answers to names, whatever the path"),
        ("Host(`${DOMAIN}`${EXTRA_DOMAINS})", "Host(`elsewhere.example`)", "its route is not at ${DOMAIN}"),
        ('        - "traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`${EXTRA_DOMAINS})"\n', "", "no service has a route for web pages"),
        ("- seeds:/var/lib/jardin", "- ./seeds:/var/lib/jardin", "a folder of the machine is not given to a container: name a volume, or a config for a file"),
        ("condition: on-failure", "condition: none", "the engine starts again whatever stops: a task done once is a hook"),
        ("    secrets: [db_password]", "    ports: ['3306:3306']\n    secrets: [db_password]", "the port 3306 of the container is not opened on the machine"),
        ("KEY_FILE: ", "KEY_FILE: '{{.Node.ID}}'\n      K: ", "templates {{ }} are filled in configurations only"),
        ("entrypoints=web-secure", "service=x\"\n        - \"traefik.http.middlewares.a.basicauth.users=x", "this middleware changes what visitors get, and is not done"),
        ("  internal:\n", "  internal:\n  mail: {external: true}\n", "the only network beside the stack's own is archipel-front"),
    ],
)  # fmt: skip
def test_a_recipe_that_would_not_run_as_it_means_to_is_an_error(tmp_path, old, new, words):
    assert old in COOP_COMPOSE
    assert words in [one.words for one in coop(tmp_path, COOP_COMPOSE.replace(old, new)).errors]


def test_a_port_beside_the_route_is_no_error(tmp_path):
    recipe = coop(tmp_path, COOP_COMPOSE.replace("    depends_on: [db]", "    ports: ['8080:3000']"))
    assert recipe.errors == []
    assert (
        "compose.yml:7 services.app.ports: no port of the machine is opened: the proxy reaches the container"
        in said(recipe)
    )


def test_a_variable_without_a_value_is_empty_and_said_once(tmp_path):
    recipe = coop(tmp_path, COOP_COMPOSE.replace("DB_HOST: db", "DB_HOST: ${NOBODY}${NOBODY}"))
    assert [one.words for one in recipe.findings if "NOBODY" in one.words] == ["NOBODY has no value: it is empty"]
    assert recipe.errors == []


def test_a_template_that_is_not_read_is_an_error_with_its_line(tmp_path):
    recipe = coop(tmp_path, **{"jardin.ini.tmpl": 'a\n{{ range env "X" }}{{ end }}\n'})
    assert [(str(one.place), one.words) for one in recipe.errors] == [("jardin.ini.tmpl:2", "range is not read")]


def test_a_configuration_without_a_content_is_an_error_and_a_template_that_writes_nothing_an_empty_line(tmp_path):
    plain = COOP_COMPOSE.replace("    file: jardin.ini.tmpl\n    template_driver: golang", "    file: empty.ini")
    recipe = coop(tmp_path, plain, **{"empty.ini": ""})
    assert [str(one) for one in recipe.errors] == [
        "empty.ini configs.settings: is empty: the engine takes no configuration without a content"
    ]
    recipe = coop(tmp_path, **{"jardin.ini.tmpl": '{{ if eq (env "COLOUR") "red" }}red{{ end }}'})
    stack = recipe.stack("s-9", values={"DOMAIN": "a.example"}, secrets=SECRETS)
    assert stack.configs == {"settings-app": b"\n"}


def test_a_template_with_a_secret_becomes_a_secret(tmp_path):
    recipe = coop(tmp_path, **{"jardin.ini.tmpl": 'key = {{ secret "app_key" }}\n'})
    assert recipe.errors == []
    stack = recipe.stack("s-9", values={"DOMAIN": "a.example"}, secrets=SECRETS)
    assert stack.configs == {}
    assert stack.secrets["settings-app"] == b"key = 0123456789abcdef\n"
    assert stack.services[0].secrets == (
        FileIn("app_key", "/run/secrets/app_key", 0, 0, 0o444),
        FileIn("settings-app", "/etc/jardin.ini", 0, 0, 0o444),
    )


def test_a_template_with_the_secret_of_another_service_is_an_error(tmp_path):
    recipe = coop(tmp_path, **{"jardin.ini.tmpl": '{{ secret "db_password" }}\n'})
    assert [one.words for one in recipe.errors] == [
        "the template asks for the secret db_password, which its service is not given"
    ]


def test_signs_that_are_not_made_are_said(tmp_path):
    recipe = coop(tmp_path, sample=COOP_SAMPLE.replace("charset=hex", "charset=special"))
    (found,) = [one for one in recipe.findings if "special" in one.words]
    assert (found.group, found.error, found.place) == ("differently", False, Place(".env.sample", 11))


def test_without_a_label_the_version_is_that_of_the_image(tmp_path):
    recipe = coop(tmp_path, COOP_COMPOSE.replace('        - "coop-cloud.${STACK_NAME}.version=2.0.0+1.4.2"\n', ""))
    assert recipe.version_names() == ["1.4.2"]


def test_a_compose_file_that_is_no_yaml_is_an_error(tmp_path):
    recipe = coop(tmp_path, "a: [\n")
    assert [str(one.place) for one in recipe.errors] == ["compose.yml:2"]


@pytest.mark.parametrize("file", ["compose.yml", ".env.sample", "abra.sh", "jardin.ini.tmpl"])
def test_a_file_that_is_no_text_is_refused_and_stops_nothing_else(tmp_path, file):
    folder = coop(tmp_path).folder
    (folder / file).write_bytes(b"\xff\xfe\x00")
    from archipel.machines.recipes import read_recipe

    recipe = read_recipe(folder)
    assert (recipe.errors != []) is (file != "abra.sh")


def test_a_link_is_not_followed(tmp_path):
    folder = coop(tmp_path).folder
    (folder / "secret.txt").symlink_to("/etc/hostname")
    (folder / "jardin.ini.tmpl").unlink()
    (folder / "jardin.ini.tmpl").symlink_to("/etc/hostname")
    from archipel.machines.recipes import read_recipe

    recipe = read_recipe(folder)
    assert "secret.txt: a link is not followed" in said(recipe)
    assert [one.words for one in recipe.errors] == ["there is no file jardin.ini.tmpl in the recipe"]
