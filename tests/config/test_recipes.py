# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest

from archipel.config.recipes import OfHost, of_host, sign_on_of, stacks_of
from archipel.kernel.outside import RefusedOutside
from archipel.machines.recipes import recipe_named
from archipel.spaces.ports import ContainerSpec, SignOnShape, SpaceSpec
from tests.machines.recipes.folders import own

SPACE = SpaceSpec(
    space_id="23456789bcdfgh",
    address="a.example",
    title="Carnet",
    language="fr",
    quota=5_000_000_000,
    settings={"COLOUR": "blue", "theme": "x"},
    container=ContainerSpec("1.0", "m1", "https://b.example", "c", {"key": "k" * 32, "client_secret": "s"}),
)


def nothing() -> OfHost:
    return OfHost()


def test_a_space_becomes_the_stack_of_its_recipe(tmp_path):
    recipe = own(tmp_path)
    assert stacks_of(recipe, nothing)(SPACE) == recipe.stack(
        "s-23456789bcdfgh",
        version="1.0",
        values={
            "DOMAIN": "a.example", "TITLE": "Carnet", "LANGUAGE": "fr", "QUOTA": "5000000000", "ISSUER": "https://b.example",
            "CLIENT_ID": "c", "COLOUR": "blue",
        },
        secrets={"key": "k" * 32, "client_secret": "s"},
        machine="m1",
    )  # fmt: skip


def test_what_the_host_gives_goes_behind_what_the_space_says(tmp_path):
    def given():
        return OfHost({"COLOUR": "green", "TZ": "Europe/Paris"}, {"client_secret": "of the host", "other": "x"})

    stack_of = stacks_of(own(tmp_path), given)
    assert stack_of(SPACE).services[0].environment["COLOUR"] == "blue"
    assert stack_of(replace(SPACE, settings={})).services[0].environment["COLOUR"] == "green"
    bare = replace(SPACE, container=replace(SPACE.container, secrets={"key": "k"}))
    assert stack_of(bare).secrets == {"key": b"k", "client_secret": b"of the host"}


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (replace(SPACE, container=None), "the space 23456789bcdfgh has no containers to put"),
        (replace(SPACE, settings={"COLOUR": "red"}), "recipe carnet: COLOUR is one of green, blue"),
        (
            replace(SPACE, container=ContainerSpec("9.9")),
            "recipe carnet: the version 9.9 cannot be opened: it opens 1.0, 2.0",
        ),
        (replace(SPACE, container=ContainerSpec("1.0")), "recipe carnet: the secret key is missing"),
    ],
)
def test_a_space_that_does_not_fit_its_recipe_is_refused_as_connectors_refuse(tmp_path, space, words):
    with pytest.raises(RefusedOutside) as refused:
        stacks_of(own(tmp_path), nothing)(space)
    assert (refused.value.code, refused.value.reason) == ("bad_input", words)


def test_a_space_without_a_quota_has_an_empty_one():
    recipe = recipe_named("wordpress")
    secrets = {"database_password": "p" * 32, "salt": "s" * 32, "client_secret": "c"}
    space = replace(
        SPACE, quota=None, settings={}, container=ContainerSpec("6.1", "", "https://b.example", "c", secrets)
    )
    app = stacks_of(recipe, nothing)(space).services[0]
    assert (app.environment["QUOTA"], app.environment["ADDRESS"], app.constraints) == ("", "a.example", ())


def test_the_mail_server_of_the_host_reaches_the_spaces(settings, monkeypatch, host):
    settings.DEMONSTRATION = False
    settings.HOST_ZONE = "Europe/Brussels"
    monkeypatch.setenv("ARCHIPEL_SMTP", "smtp://archipel:s%40cret@mail.example:465?security=tls")
    assert of_host() == OfHost(
        {
            "TZ": "Europe/Brussels", "SMTP_HOST": "mail.example", "SMTP_PORT": "465", "SMTP_SECURITY": "tls", "SMTP_USER": "archipel",
            "SMTP_FROM": host.sender_address,
        },
        {"smtp_password": "s@cret"},
    )  # fmt: skip
    assert "s@cret" not in repr(of_host())


def test_applications_send_by_an_account_of_their_own_where_there_is_one(settings, monkeypatch, host):
    settings.DEMONSTRATION = False
    monkeypatch.setenv("ARCHIPEL_SMTP", "smtp://archipel:s%40cret@mail.example:465?security=tls")
    monkeypatch.setenv("ARCHIPEL_SMTP_OF_SPACES", "smtp://spaces:other@mail.example:587?security=starttls")
    given = of_host()
    assert (given.settings["SMTP_USER"], given.settings["SMTP_PORT"]) == ("spaces", "587")
    assert given.secrets == {"smtp_password": "other"}
    monkeypatch.setenv("ARCHIPEL_SMTP_OF_SPACES", "none")
    assert of_host() == OfHost({"TZ": settings.HOST_ZONE})
    monkeypatch.setenv("ARCHIPEL_SMTP_OF_SPACES", "smtp://mail.example:many")
    with pytest.raises(RefusedOutside, match="the mail server of applications: the port"):
        of_host()


@pytest.mark.parametrize(("demonstration", "address"), [(True, "smtp://mail.example"), (False, "")])
def test_no_mail_server_is_given_in_the_demonstration_or_where_there_is_none(
    settings, monkeypatch, demonstration, address
):
    settings.DEMONSTRATION = demonstration
    monkeypatch.setenv("ARCHIPEL_SMTP", address)
    assert of_host() == OfHost({"TZ": settings.HOST_ZONE})


def test_how_people_sign_in_is_told_in_the_words_of_the_port(tmp_path):
    shape = sign_on_of(recipe_named("wordpress"))
    assert isinstance(shape, SignOnShape)
    assert shape.redirect_uris == ("https://{address}/archipel/signed-in",)
    assert dict(shape.roles) == {"referent": "administrator", "member": "editor"}
    assert sign_on_of(own(tmp_path)) is None
