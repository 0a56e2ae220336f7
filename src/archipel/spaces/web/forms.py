# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archipel.kernel.refusals import Refusal
from archipel.machines.models import Machine
from archipel.spaces import reports, states
from archipel.spaces.operations.reporting import GoodFaithMissing
from archipel.spaces.queries.restorations import organisation_called


def refuse(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside the field it names, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


class ZipForm(forms.Form):
    archive = forms.FileField(
        label=_("A zip of your site"),
        help_text=_(
            "The file index.html at its top is what visitors see first. A single folder around everything is fine."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
        max_length=250,
    )


# Words that no application can know.
USUAL, NONE = "=usual", "=none"


class SpaceRoleForm(forms.Form):
    """What one person enters a space with; the operation knows which roles there are."""

    role = forms.CharField(max_length=40, required=False)

    def chosen(self) -> str | None:
        """Return what ``change_space_role`` takes."""
        word = self.cleaned_data.get("role") or USUAL
        return {USUAL: None, NONE: ""}.get(word, word)


class BundleForm(forms.Form):
    archive = forms.FileField(
        label=_("The export, as a zip"),
        help_text=_("As it was fetched from the page of a space, here or at another host."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
        max_length=250,
    )


class BringBackForm(BundleForm):
    with_people = forms.BooleanField(label=_("Let in or invite the people of the export"), required=False, initial=True)
    understood = forms.BooleanField(label=_("I understand that it replaces what is in the space"))


class FromBundleForm(BundleForm):
    organisation = forms.CharField(label=_("Organisation: its exact name, or its identifier"), max_length=200)
    service = forms.ChoiceField(label=_("Service"))
    title = forms.CharField(label=_("Title, if not that of the export"), max_length=160, required=False)
    label = forms.CharField(label=_("First part of its address"), max_length=63)
    gigabytes = forms.DecimalField(
        label=_("Room, in GB"), required=False, min_value=0, max_value=100_000, decimal_places=3
    )

    field_order = ("organisation", "service", "title", "label", "gigabytes", "archive")

    def __init__(self, *args: Any, services: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = services  # type: ignore[attr-defined]  # stubs know no kind of field

    def clean_organisation(self) -> Any:
        found = organisation_called(self.cleaned_data["organisation"])
        if found is None:
            raise forms.ValidationError(_("No organisation here has this name alone: write its identifier."))
        return found


class UpgradeForm(forms.Form):
    version = forms.ChoiceField(label=_("To which version"))

    def __init__(self, *args: Any, versions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The newest first: it is the one that is meant.
        self.fields["version"].choices = [(one, one) for one in reversed(versions)]  # type: ignore[attr-defined]  # as above


class MoveForm(forms.Form):
    machine = forms.ChoiceField(label=_("To which machine"))

    def __init__(self, *args: Any, machines: list[Machine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("One that has room")), *((one.public_id, one.name) for one in machines)]
        self.fields["machine"].choices = choices  # type: ignore[attr-defined]  # as above


class OwnHoldForm(forms.Form):
    effect = forms.ChoiceField(
        label=_("What should happen"),
        choices=[
            ("suspended", _("Visitors no longer see the site")),
            ("read_only", _("Visitors see the site, nobody can publish")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why, for your own history"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class HoldForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of hold"), choices=list(states.KIND_WORDS.items()))
    effect = forms.ChoiceField(
        label=_("Effect"), choices=[(effect, states.EFFECT_WORDS[effect]) for effect in states.EFFECTS]
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The organisation reads it."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CloseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why, if you want to tell us"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    understood = forms.BooleanField(label=_("I understand that visitors no longer see the site from now on"))


class QuotaForm(forms.Form):
    gigabytes = forms.DecimalField(
        label=_("Room, in GB"),
        help_text=_("Empty: unlimited. Nothing is ever deleted for it."),
        required=False,
        min_value=0,
        max_value=100_000,
        decimal_places=3,
    )

    @classmethod
    def of(cls, quota_bytes: int | None) -> QuotaForm:
        """Return the form as it first shows: whole gigabytes without a decimal."""
        if quota_bytes is None:
            return cls()
        whole, rest = divmod(quota_bytes, 10**9)
        return cls(initial={"gigabytes": quota_bytes / 10**9 if rest else whole})

    @property
    def quota_bytes(self) -> int | None:
        """Return what was typed, in bytes."""
        typed = self.cleaned_data["gigabytes"]
        return None if typed is None else int(typed * 10**9)


class ReportForm(forms.Form):
    # Who one is need not be said for some categories: the browser cannot know, so the server asks.
    use_required_attribute = False

    address = forms.CharField(
        label=_("The exact link of the page"),
        help_text=_("Copy it from the address bar of your browser."),
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )
    category = forms.ChoiceField(
        label=_("What it is about"), choices=list(reports.CATEGORIES.items()), widget=forms.RadioSelect
    )
    explanation = forms.CharField(
        label=_("Why you think it is illegal or against the terms of use"),
        help_text=_("Say what is on the page, and where."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    name = forms.CharField(
        label=_("Your name"),
        help_text=_("Not needed for sexual abuse of children. The organisation is not told who you are."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("For our answer. Not needed for sexual abuse of children."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    good_faith = forms.BooleanField(
        label=_("I believe in good faith that what I write here is accurate and complete"),
        error_messages={"required": GoodFaithMissing.message},
    )
    # A field that nobody sees and programs fill in.
    website = forms.CharField(label=_("Leave this empty"), required=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("category") in reports.NAMELESS:
            for name in ("name", "email"):
                if not self.data.get(name):
                    self.errors.pop(name, None)
                    typed[name] = ""
        return typed


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(label=_("Decision"), choices=list(reports.DECISIONS.items()), widget=forms.RadioSelect)
    facts = forms.CharField(
        label=_("Facts and circumstances"),
        help_text=_("What you saw, and on what the decision rests. Both sides read it."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    ground_kind = forms.ChoiceField(label=_("Ground"), choices=[("", "—"), *reports.GROUNDS.items()], required=False)
    ground = forms.CharField(
        label=_("The rule, and why the content goes against it"),
        help_text=_("The article of law or of the terms. Needed when something is restricted."),
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def decision_values(self) -> dict[str, Any]:
        """Return what the operation takes."""
        return {name: self.cleaned_data[name] for name in ("decision", "facts", "ground_kind", "ground")}
