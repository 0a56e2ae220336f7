# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forms of the desk: decisions, waves, peers."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from archipel.admissions import queries
from archipel.admissions.choices import DECISIONS, REASONS
from archipel.admissions.models import PeerHost, Request, Wave
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Intake, Service
from archipel.design.choices import Answer
from archipel.design.languages import language_name
from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.money import Money

NOTES = {
    "accept": gettext_lazy("Proposes the price and the terms to the referent."),
    "waiting": gettext_lazy("Keeps its place in the order of arrival."),
    "ask": gettext_lazy("The request stays open."),
    "redirect": gettext_lazy("To a peer host, with the person's consent."),
    "decline": gettext_lazy("With a reason that the person reads."),
}
# A correction brings the request back to review; an acceptance may also be released to the waiting list.
FROM_ACCEPTED = ("waiting",)


def _answers(keys: list[str]) -> list[tuple[str, Answer]]:
    return [(key, Answer(DECISIONS[key], NOTES[key])) for key in keys]


def parsed_price(text: str) -> int | None:
    """Return cents of what was typed; a form error when it is no amount."""
    if not text:
        return None
    try:
        amount = Money.parse(text)
    except ValueError as error:
        raise forms.ValidationError(_("Write an amount in euros, such as 40.")) from error
    if amount.cents < 0:
        raise forms.ValidationError(_("Write an amount in euros, such as 40."))
    return amount.cents


class DecisionForm(forms.Form):
    """A decision, with what it asks for and the words that go with it."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you decide.")},
    )
    place = forms.ChoiceField(label=gettext_lazy("Place taken in"), required=False)
    agreed_price = forms.CharField(
        label=gettext_lazy("Price a year that you propose"),
        required=False,
        help_text=gettext_lazy("In euros. Left empty: the price that was asked for."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    peer = forms.ChoiceField(label=gettext_lazy("Peer host"), required=False)
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), required=False)
    words = forms.CharField(
        label=gettext_lazy("Message to the person"),
        required=False,
        help_text=gettext_lazy("It leaves with the decision. Read it again."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, data: Any = None, *, request: Request) -> None:
        super().__init__(data, initial={"version": request.version})
        self.asked = request
        keys = [key for key in DECISIONS if key != "redirect" or request.redirect_consent]
        if request.state == "accepted":
            keys = list(FROM_ACCEPTED)
        self.keys = keys
        self.fields["decision"].choices = _answers(keys)  # type: ignore[attr-defined]  # stubs know no kind of field
        self.waves = dict(queries.waves_with_places(request))
        self._wave_by_id = {wave.public_id: wave for wave in self.waves}
        own = [(wave.public_id, words) for wave, words in self.waves.items()]
        self.fields["place"].choices = own  # type: ignore[attr-defined]  # stubs know no kind of field
        if not own:
            del self.fields["place"]
        if request.price_level not in ("own", "agreed"):
            del self.fields["agreed_price"]
        self.peers = {peer.public_id: peer for peer in PeerHost.objects.filter(active=True).order_by("name")}
        self.fields["peer"].choices = [("", _("Choose…")), *((key, str(peer)) for key, peer in self.peers.items())]  # type: ignore[attr-defined]  # stubs know no kind of field
        self.fields["reason"].choices = [("", _("Choose…")), *REASONS.items()]  # type: ignore[attr-defined]  # stubs know no kind of field
        self.fields["words"].label = _("Message to %(name)s") % {"name": request.person_name or _("the person")}

    def clean_agreed_price(self) -> int | None:
        return parsed_price(self.cleaned_data["agreed_price"])

    def given(self) -> dict[str, Any]:
        """Return the arguments of ``operations.decide``."""
        cleaned = self.cleaned_data
        return {
            "decision": cleaned["decision"],
            "version": cleaned["version"],
            "words": cleaned["words"],
            "reason": cleaned["reason"],
            "peer": self.peers.get(cleaned["peer"]),
            "agreed_cents": cleaned.get("agreed_price"),
            "place": self._wave_by_id.get(cleaned.get("place", "")),
        }


class ManyForm(forms.Form):
    """One decision for several requests."""

    use_required_attribute = False
    MANY = ("accept", "waiting", "decline")

    decision = forms.ChoiceField(
        label=gettext_lazy("For those ticked"), choices=[("", pgettext_lazy("decision", "Choose…"))]
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason, when you decline"), required=False)
    words = forms.CharField(
        label=gettext_lazy("Message, the same to each"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        several = [(key, DECISIONS[key]) for key in self.MANY]
        self.fields["decision"].choices = [("", _("Choose…")), *several]  # type: ignore[attr-defined]  # stubs know no kind of field
        self.fields["reason"].choices = [("", _("Choose…")), *REASONS.items()]  # type: ignore[attr-defined]  # stubs know no kind of field


class WordsForm(forms.Form):
    """A few words that leave with a correction."""

    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=gettext_lazy("Why, for the person"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class AddressForm(forms.Form):
    """Another address for the site."""

    use_required_attribute = False
    wished_address = forms.CharField(
        label=gettext_lazy("Another address"), widget=forms.TextInput(attrs={"autocapitalize": "none"})
    )


class WaveForm(forms.Form):
    """A wave; days and hours are those of the host's zone."""

    use_required_attribute = False

    service = forms.ChoiceField(label=gettext_lazy("Service"))
    opens_on = forms.DateField(
        label=gettext_lazy("Opens on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    opens_at = forms.TimeField(
        label=gettext_lazy("Opening time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    closes_on = forms.DateField(
        label=gettext_lazy("Closes on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    closes_at = forms.TimeField(
        label=gettext_lazy("Closing time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    capacity = forms.IntegerField(label=gettext_lazy("Places"), min_value=1)
    order = forms.ChoiceField(label=gettext_lazy("Order"), widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, wave: Wave | None = None) -> None:
        super().__init__(
            data, initial=_initial_of(wave) if wave else {"opens_at": time(9), "closes_at": time(18), "order": "date"}
        )
        self.wave = wave
        services = list(Service.objects.filter(intake=Intake.WAVES).order_by("position", "slug"))
        names = catalogue.service_names(services)
        self.services = {service.slug: service for service in services}
        self.fields["service"].choices = [(service.slug, names[service.pk]) for service in services]  # type: ignore[attr-defined]  # stubs know no kind of field
        # Made here and not above: an Answer is plain text, in the language of the moment it is made.
        self.fields["order"].choices = [  # type: ignore[attr-defined]  # stubs know no kind of field
            ("date", Answer(_("By date"), _("First come, first read."))),
            ("lot", Answer(_("By lot"), _("Drawn at the closing; anybody can verify the draw."))),
        ]
        if wave is not None:
            del self.fields["service"]
        if self._announced():
            self.fields = {"capacity": self.fields["capacity"]}
            return
        for language in host.current().languages:
            self._add_texts(language, wave)

    def _announced(self) -> bool:
        """Return whether the wave has opened: only its capacity may still change."""
        return self.wave is not None and self.wave.state != "planned"

    @property
    def texts(self) -> list[forms.BoundField]:
        """Return the fields of names and criteria, language by language."""
        return [self[name] for name in self.fields if name.startswith(("name_", "criteria_"))]

    def _add_texts(self, language: str, wave: Wave | None) -> None:
        first = language == host.current().languages[0]
        said = language_name(language)
        names, criteria = (wave.names, wave.criteria) if wave else ({}, {})
        self.fields[f"name_{language}"] = forms.CharField(
            label=_("Name (%(language)s)") % {"language": said},
            max_length=120,
            required=first,
            initial=names.get(language, ""),
        )
        self.fields[f"criteria_{language}"] = forms.CharField(
            label=_("Public criteria (%(language)s)") % {"language": said},
            required=False,
            initial=criteria.get(language, ""),
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def given(self) -> dict[str, Any]:
        """Return the arguments of ``plan_wave`` and ``change_wave``."""
        cleaned, wave = self.cleaned_data, self.wave
        if wave is not None and self._announced():
            kept = {name: getattr(wave, name) for name in ("names", "criteria", "opens_at", "closes_at", "order")}
            return kept | {"capacity": cleaned["capacity"]}
        languages = host.current().languages
        return {
            "names": {language: cleaned[f"name_{language}"] for language in languages},
            "criteria": {language: cleaned[f"criteria_{language}"] for language in languages},
            "opens_at": self._instant("opens"),
            "closes_at": self._instant("closes"),
            "capacity": cleaned["capacity"],
            "order": cleaned["order"],
        }

    def _instant(self, which: str) -> datetime:
        day: date = self.cleaned_data[f"{which}_on"]
        hour: time = self.cleaned_data[f"{which}_at"]
        kept: datetime | None = getattr(self.wave, f"{which}_at") if self.wave else None
        if kept is not None:
            shown = kept.astimezone(clock.zone())
            if (shown.date(), shown.hour, shown.minute) == (day, hour.hour, hour.minute):
                return kept
        return clock.at(day, hour)


def _initial_of(wave: Wave) -> dict[str, Any]:
    opens, closes = wave.opens_at.astimezone(clock.zone()), wave.closes_at.astimezone(clock.zone())
    return {
        "opens_on": opens.date(),
        "opens_at": opens.time().replace(second=0, microsecond=0),
        "closes_on": closes.date(),
        "closes_at": closes.time().replace(second=0, microsecond=0),
        "capacity": wave.capacity,
        "order": wave.order,
    }


class PeerForm(forms.Form):
    """A peer host."""

    use_required_attribute = False
    name = forms.CharField(label=gettext_lazy("Name of the host"), max_length=120)
    url = forms.CharField(label=gettext_lazy("Its site"), widget=forms.URLInput, max_length=200)
    address = forms.CharField(
        label=gettext_lazy("E-mail address for requests"), widget=forms.EmailInput, max_length=254
    )
    offers = forms.CharField(
        label=gettext_lazy("What it offers"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    active = forms.BooleanField(label=gettext_lazy("Requests may be passed on to it"), required=False, initial=True)
