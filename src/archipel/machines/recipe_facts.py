# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes in words: for the page of a service (setting ``SOFTWARE_FACTS``) and for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.ports import Caution, SoftwareFacts
from archipel.host import queries as host
from archipel.host.queries import WrittenText
from archipel.kernel.refusals import NotFound
from archipel.machines.recipes import Finding, Recipe, RecipeRefused, all_recipes, recipe_named

# What the words of YunoHost's list mean, in ours.
ANTIFEATURES: dict[str, str | Promise] = {
    "alpha-software": _("Young software: it may still change a lot, or break."),
    "arbitrary-limitations": _("Some of its functions are limited on purpose."),
    "bad-security-reputation": _("Its security has a bad reputation."),
    "deprecated-software": _("Its authors do not maintain it any more."),
    "non-free-addons": _("It proposes additions that are not libre."),
    "non-free-assets": _("It contains pictures, sounds or the like that are not libre."),
    "non-free-dependencies": _("It needs software that is not libre."),
    "non-free-network": _("It leads to network services that are not libre, or needs one."),
    "not-totally-free-package": _("The way it is installed is under a licence with restrictions."),
    "not-totally-free-upstream": _("Its licence restricts what it may be used for."),
    "package-not-maintained": _("Nobody looks after the way it is installed."),
    "paid-content": _("It proposes or needs something that is paid for elsewhere."),
    "replaced-by-another-app": _("Another application has replaced it."),
    "tracking": _("It follows what people do, or tells others of it."),
}
FORMATS: dict[str, str | Promise] = {"archipel": _("ours"), "co-op cloud": _("Co-op Cloud")}
GROUPS: dict[str, str | Promise] = {
    "not_read": _("Passed over"),
    "differently": _("Done in another way"),
    "read": _("Read as written"),
}


@dataclass(frozen=True)
class GroupShown:
    """One group of what a check says; ``open``: there is an error in it."""

    key: str
    label: str | Promise
    findings: list[Finding]
    open: bool


@dataclass(frozen=True)
class RecipeShown:
    """A recipe as the desk sees it."""

    recipe: Recipe
    format: str | Promise
    description: WrittenText
    survives: WrittenText
    cautions: tuple[Caution, ...]
    versions: str
    groups: list[GroupShown]

    @property
    def errors(self) -> int:
        return len(self.recipe.errors)


def facts_of(connector: str) -> SoftwareFacts | None:
    """Return what the recipe of a connector tells whoever chooses; None when it has none, or one that cannot be used."""
    try:
        recipe = recipe_named(connector)
    except RecipeRefused:
        return None
    return SoftwareFacts(recipe.licence, recipe.source, _words(recipe.survives), _cautions(recipe))


def recipes_shown() -> list[RecipeShown]:
    """Return every recipe found, by name."""
    return [_shown(recipe) for recipe in all_recipes()]


def recipe_shown(slug: str) -> RecipeShown:
    """Return one recipe, with its errors if it has some; ``NotFound`` when there is none of that name."""
    for recipe in all_recipes():
        if recipe.slug == slug:
            return _shown(recipe)
    raise NotFound


def _shown(recipe: Recipe) -> RecipeShown:
    groups = []
    for key, label in GROUPS.items():
        findings = [finding for finding in recipe.findings if finding.group == key]
        groups.append(GroupShown(key, label, findings, any(finding.error for finding in findings)))
    return RecipeShown(
        recipe=recipe,
        format=FORMATS[recipe.format],
        description=_words(recipe.description),
        survives=_words(recipe.survives),
        cautions=_cautions(recipe),
        versions=", ".join(recipe.version_names()),
        groups=groups,
    )


def _cautions(recipe: Recipe) -> tuple[Caution, ...]:
    return tuple(Caution(str(ANTIFEATURES[one.name]), _words(one.because)) for one in recipe.antifeatures)


def _words(words: Mapping[str, str]) -> WrittenText:
    return host.in_language(dict(words))
