# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forms about who enters which application, and about second factors that were lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Client
from archipel.organisations.models import Access, Organisation, Role
from archipel.organisations.rights import roles_for

# Words that no application can know.
USUAL, NONE = "=usual", "=none"


class RolesForm(forms.Form):
    """One choice for each role of the organisation."""

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role in roles_for(access.organisation.kind):
            self.fields[role] = forms.ChoiceField(
                label=Role(role).label,
                choices=_words(access),
                initial=access.roles.get(role, NONE),
            )

    def chosen(self) -> dict[str, str]:
        """Return what ``change_access`` takes."""
        return {role: "" if word == NONE else word for role, word in self.cleaned_data.items()}


class PersonalForm(forms.Form):
    """What one person enters with; each application of a page has a form of its own."""

    def __init__(self, *args: Any, access: Access, usual: str = "", own: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_role = _("By their role: %(word)s") % {"word": usual} if usual else _("By their role: does not enter")
        self.fields["role"] = forms.ChoiceField(
            label=access.client.name,
            choices=[(USUAL, by_role), *_words(access)],
            initial=USUAL if own is None else own or NONE,
            widget=forms.Select(attrs={"id": f"id_{access.public_id}"}),
        )

    def chosen(self) -> str | None:
        """Return what ``change_personal_access`` takes."""
        word = self.cleaned_data["role"]
        return {USUAL: None, NONE: ""}.get(word, word)


class GiveForm(forms.Form):
    client = forms.ChoiceField(label=_("Application"))
    known_roles = forms.CharField(
        label=_("Roles the application knows"),
        required=False,
        max_length=600,
        help_text=_(
            "Short words separated by commas, the most modest first. Left empty: the roles of the organisation."
        ),
    )

    def __init__(self, *args: Any, clients: Iterable[Client], organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(client.public_id, client.name) for client in clients]
        self.fields["client"].choices = choices  # type: ignore[attr-defined]  # stubs know no kind of field
        self.fields["known_roles"].widget.attrs["placeholder"] = ", ".join(reversed(roles_for(organisation.kind)))

    def words(self) -> list[str]:
        """Return the words typed."""
        return [word for word in re.split(r"[,;\s]+", self.cleaned_data["known_roles"]) if word]


class CallForm(forms.Form):
    call_note = forms.CharField(
        label=_("The call"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Whom you called, at which number you already knew, what was said. It is kept for one year."),
    )


def _words(access: Access) -> list[tuple[str, Any]]:
    return [(NONE, _("Does not enter")), *((word, word) for word in access.known_roles)]
