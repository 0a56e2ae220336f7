# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.machines.ports import digest_of
from archipel.machines.recipes.findings import RecipeRefused
from archipel.machines.recipes.rendering import image_variable
from tests.machines.recipes.folders import COMPOSE, RECIPE, own, words_of

VALUES = {"DOMAIN": "carnet.example", "TITLE": "Carnet"}
SECRETS = {"key": "k" * 32}


def refusal(folder, *, name="s-1", version="", values=VALUES, secrets=SECRETS) -> str:
    with pytest.raises(RecipeRefused) as refused:
        own(folder).stack(name, version=version, values=values, secrets=secrets)
    (words,) = words_of(refused.value)
    return words


def test_the_same_input_makes_the_same_stack(tmp_path):
    recipe = own(tmp_path)
    one, other = (recipe.stack("s-1", values=VALUES, secrets=SECRETS) for _ in range(2))
    assert one == other
    assert digest_of(one) == digest_of(other)


@pytest.mark.parametrize(
    "changed",
    [{"version": "1.0"}, {"machine": "m1"}, {"values": VALUES | {"TITLE": "Autre"}}, {"secrets": {"key": "x" * 32}}],
)
def test_what_differs_in_the_input_is_told_by_the_digest(tmp_path, changed):
    recipe = own(tmp_path)
    given_ = {"values": VALUES, "secrets": SECRETS}
    assert digest_of(recipe.stack("s-1", **given_)) != digest_of(recipe.stack("s-1", **(given_ | changed)))


def test_new_spaces_get_the_last_version_and_others_the_one_asked_for(tmp_path):
    recipe = own(tmp_path)
    made = [recipe.stack("s-1", version=name, values=VALUES, secrets=SECRETS) for name in ("", "1.0", "2.0")]
    assert [stack.services[0].image for stack in made] == ["carnet:2.0", "carnet:1.0", "carnet:2.0"]
    assert made[1].labels == {"archipel.recipe": "carnet", "archipel.version": "1.0"}


def test_settings_have_their_defaults_and_given_variables_are_empty_without_a_value(tmp_path):
    stack = own(tmp_path).stack("s-1", values={"DOMAIN": "a.example"}, secrets=SECRETS)
    assert stack.services[0].environment == {"COLOUR": "green", "NAME": ""}


@pytest.mark.parametrize("given_", ["s3cret", ""])
def test_a_secret_that_is_given_only_at_times_is_left_out_when_there_is_none(tmp_path, given_):
    stack = own(tmp_path).stack("s-1", values=VALUES, secrets=SECRETS | {"client_secret": given_})
    names = ["key", *(["client_secret"] if given_ else [])]
    assert [file.name for file in stack.services[0].secrets] == names
    assert stack.secrets == {"key": b"k" * 32, **({"client_secret": b"s3cret"} if given_ else {})}


def test_secrets_a_recipe_does_not_know_go_nowhere(tmp_path):
    stack = own(tmp_path).stack("s-1", values=VALUES, secrets=SECRETS | {"other": "x"})
    assert list(stack.secrets) == ["key"]
    assert "k" * 32 not in repr(stack)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "S 1"}, "“S 1” cannot name a stack: small letters, digits and hyphens, 40 at most"),
        ({"name": ""}, "“” cannot name a stack: small letters, digits and hyphens, 40 at most"),
        ({"name": "a" * 41}, f"“{'a' * 41}” cannot name a stack: small letters, digits and hyphens, 40 at most"),
        ({"version": "3.0"}, "the version 3.0 cannot be opened: it opens 1.0, 2.0"),
        ({"values": {}}, "DOMAIN is missing: the host name of the space"),
        ({"values": VALUES | {"SHAPE": "x"}}, "SHAPE is no setting of this recipe"),
        ({"values": VALUES | {"IMAGE_APP": "evil"}}, "IMAGE_APP is no setting of this recipe"),
        ({"values": VALUES | {"COLOUR": "red"}}, "COLOUR is one of green, blue"),
        ({"values": VALUES | {"TITLE": "a\x00"}}, "the value of TITLE holds a sign that is none, or is longer than 10,000 signs"),
        ({"values": VALUES | {"TITLE": "a" * 10_001}}, "the value of TITLE holds a sign that is none, or is longer than 10,000 signs"),
        ({"secrets": {}}, "the secret key is missing"),
        ({"secrets": {"key": ""}}, "the secret key is missing"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(tmp_path, changed, words):
    assert refusal(tmp_path, **changed) == words


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(title=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80))
def test_a_value_arrives_as_it_is_whatever_it_holds(tmp_path, title):
    stack = own(tmp_path).stack("s-1", values=VALUES | {"TITLE": title}, secrets=SECRETS)
    assert stack.services[0].environment["NAME"] == title


@pytest.mark.parametrize("title", ["$DOMAIN ${COLOUR} $$", "{{ secret `key` }}", "a: b\n- c", "'\"`", "*x &y <<"])
def test_a_value_is_never_taken_for_a_variable_a_template_or_yaml(tmp_path, title):
    conf = {"conf.tmpl": 'title = {{ env "NAME" }}\n'}
    compose = COMPOSE.replace("    networks:", "    configs: [conf]\n    networks:", 1) + (
        "configs: {conf: {file: conf.tmpl, template_driver: golang}}\n"
    )
    stack = own(tmp_path, compose=compose, **conf).stack("s-1", values=VALUES | {"TITLE": title}, secrets=SECRETS)
    assert stack.services[0].environment["NAME"] == title
    assert stack.configs == {"conf-app": f"title = {title}\n".encode()}


def test_a_template_is_written_for_each_service(tmp_path):
    second = COMPOSE[COMPOSE.index("  app:\n") : COMPOSE.index("volumes:\n  notes")].replace("  app:\n", "  db:\n", 1)
    second = second.replace("IMAGE_APP", "IMAGE_DB").replace("${TITLE}", "db").replace("[front]", "[inside]")
    compose = COMPOSE.replace("volumes:\n  notes", f"{second}volumes:\n  notes").replace(
        "networks:\n  front", "networks:\n  inside: {}\n  front"
    )
    compose = compose.replace("    cap_drop", "    configs: [conf]\n    cap_drop") + (
        "configs: {conf: {file: conf.tmpl, template_driver: golang}}\n"
    )
    recipe = RECIPE.replace('{app: "carnet:1.0"}', '{app: "carnet:1.0", db: "db:1"}').replace(
        '{app: "carnet:2.0"}', '{app: "carnet:2.0", db: "db:1"}'
    )
    made = own(
        tmp_path,
        recipe.replace("memory: 64M", "memory: 128M"),
        compose,
        **{"conf.tmpl": '{{ .Service.Name }}={{ env "NAME" }}'},
    )
    stack = made.stack("s-1", values=VALUES, secrets=SECRETS)
    assert stack.configs == {"conf-app": b"s-1_app=Carnet", "conf-db": b"s-1_db=db"}


def test_a_variable_names_the_image_of_each_service():
    assert [image_variable(name) for name in ("app", "web-2", "a_b")] == ["IMAGE_APP", "IMAGE_WEB_2", "IMAGE_A_B"]
