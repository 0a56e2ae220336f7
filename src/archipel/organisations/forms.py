# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archipel.design.choices import Answer
from archipel.identity.passphrases import HELP
from archipel.organisations.models import Kind, Role
from archipel.organisations.rights import roles_for
from archipel.organisations.towns.fields import TownChoice

# What each role may do, in the words of those who give it.
NOTES: dict[str, str | Promise] = {
    Role.REFERENT: _("Everything: people, agreements, sites, leaving."),
    Role.TREASURER: _("Reads everything, follows what is owed."),
    Role.MEMBER: _("Uses the applications, publishes the site."),
    Role.REVIEWER: _("Decides on requests, opens waves."),
    Role.SUPPORT: _("Answers people, deals with reports and holds."),
    Role.HOST_TREASURER: _("Sees organisations and their history."),
    Role.EDITOR: _("Writes the catalogue and the waves."),
    Role.ADMINISTRATOR: _("Everything, settings and deletion included."),
}


def role_answers(kind: str) -> list[tuple[str, str]]:
    """Return the roles of a kind of organisation as cards, the most modest first."""
    roles = roles_for(kind) if kind == "host" else tuple(reversed(roles_for(kind)))
    return [(role, Answer(Role(role).label, note=NOTES[role])) for role in roles]


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("A link is sent there; it works once."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_answers(kind)  # type: ignore[attr-defined]  # stubs know no kind of field


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    last_day = forms.DateField(
        label=_("Last day of this role"),
        required=False,
        help_text=_(
            "For a mandate or a stand-in: the role ends by itself after that day. Empty: until further notice."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_answers(kind)  # type: ignore[attr-defined]  # stubs know no kind of field


class CloseAccountForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        help_text=_("The person reads it in the message that tells them."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AcceptForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As people call you. It is shown to the people of your organisations."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    passphrase = forms.CharField(
        label=_("Passphrase"),
        strip=False,
        max_length=1000,
        help_text=HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class FactsForm(TownChoice, forms.Form):
    """What is known of an organisation, as the desk corrects it."""

    field_order = ["name", "kind", "rna", "siren", "founded_year", "town_text", "town", "member_since", "member_until"]

    name = forms.CharField(label=_("Name"), max_length=160)
    kind = forms.ChoiceField(
        label=_("Legal form"), choices=[choice for choice in Kind.choices if choice[0] != Kind.HOST]
    )
    rna = forms.CharField(label=_("RNA number"), max_length=20, required=False, help_text=_("Such as W294001234."))
    siren = forms.CharField(label=_("SIREN number"), max_length=20, required=False, help_text=_("Nine digits."))
    founded_year = forms.IntegerField(label=_("Year of creation"), required=False)
    member_since = forms.DateField(
        label=_("Member of the host since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    member_until = forms.DateField(
        label=_("Member of the host until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
