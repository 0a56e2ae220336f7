# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's pages on requests: the list, one request, decisions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.admissions import access, operations, queries, recap
from archipel.admissions.models import Request
from archipel.admissions.states import LABELS, REQUEST, TO_DECIDE, TONES
from archipel.admissions.web.desk_forms import AddressForm, DecisionForm, ManyForm, WordsForm
from archipel.admissions.web.public import table
from archipel.catalogue import queries as catalogue
from archipel.conversations import queries as conversations
from archipel.history import queries as history
from archipel.host.gate import desk
from archipel.kernel.money import total
from archipel.kernel.refusals import AlreadyDecided, NotFound, Refusal

MANY_AT_MOST = 20


def _filters() -> dict[str, str]:
    return {
        "to_decide": pgettext("filter", "To decide"),
        "question": pgettext("filter", "Question asked"),
        "waiting": pgettext("filter", "Waiting list"),
        "accepted": pgettext("filter", "Accepted"),
        "opening": pgettext("filter", "Opening"),
        "open": pgettext("filter", "Open"),
        "declined": pgettext("filter", "Declined, passed on, withdrawn"),
        "all": pgettext("filter", "All"),
    }


@require_GET
@desk("decide")
def requests(request: HttpRequest) -> HttpResponse:
    return _list_page(request, ManyForm())


@require_GET
@desk("decide")
def requests_csv(request: HttpRequest) -> HttpResponse:
    return table("requests.csv", queries.csv_rows(**_chosen(request)))


def _chosen(request: HttpRequest) -> dict[str, str]:
    show = request.GET.get("show", "to_decide")
    found = {"service": request.GET.get("service", ""), "wave": request.GET.get("wave", "")}
    return found | {"show": show if show in _filters() else "to_decide"}


def _list_page(request: HttpRequest, form: ManyForm, status: int = 200, outcome: Any = None) -> HttpResponse:
    chosen = _chosen(request)
    page = queries.desk_list(page=request.GET.get("page", "1"), **chosen)
    counts = queries.counts_by_filter(service=chosen["service"], wave=chosen["wave"])
    context = {
        "page_obj": page,
        "filters": [_filter(request, name, label, chosen, counts) for name, label in _filters().items()],
        "chosen": chosen,
        "services": queries.requested_services(),
        "waves": [(wave.public_id, queries.name_of(wave)) for wave in queries.waves_to_filter()],
        "form": form,
        "ticked": request.POST.getlist("chosen"),
        "query": request.GET.urlencode(),
        "outcome": outcome,
        "deciding": chosen["show"] in ("to_decide", "waiting", "question", "all"),
    }
    return render(request, "admissions/desk_requests.html", context, status=status)


def _filter(
    request: HttpRequest, name: str, label: str, chosen: dict[str, str], counts: dict[str, int]
) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("page", None)
    query["show"] = name
    return {
        "label": label,
        "url": f"?{query.urlencode()}",
        "current": chosen["show"] == name,
        "count": counts.get(name),
    }


@require_POST
@desk("decide")
def decide_many(request: HttpRequest) -> HttpResponse:
    """Answer several requests; each was ticked with the version that was shown."""
    form = ManyForm(request.POST)
    ticked = [mark.partition(":") for mark in request.POST.getlist("chosen")[:MANY_AT_MOST]]
    if form.is_valid() and not ticked:
        form.add_error(None, _("Tick at least one request."))
    if not form.is_valid():
        return _list_page(request, form, status=422)
    chosen = [(access.request_for_desk(request.user, mark[0]), _number(mark[2])) for mark in ticked]
    person: Any = request.user
    outcome = operations.decide_many(
        requests=chosen,
        decision=form.cleaned_data["decision"],
        by=person,
        words=form.cleaned_data["words"],
        reason=form.cleaned_data["reason"],
    )
    if outcome.refused:
        if not outcome.done and _beside_their_field(form, [refusal for _asked, refusal in outcome.refused]):
            return _list_page(request, form, status=422)
        return _list_page(request, form, status=409, outcome=outcome)
    done = ngettext("%(count)d request answered.", "%(count)d requests answered.", len(outcome.done))
    messages.success(request, done % {"count": len(outcome.done)})
    return redirect(f"{reverse('desk-requests')}?{request.GET.urlencode()}")


def _beside_their_field(form: ManyForm, refusals: list[Refusal]) -> bool:
    """Show once, beside the field, what was refused of every request for the same reason; False when there is none."""
    first = refusals[0]
    if first.field not in form.fields or any(refusal.code != first.code for refusal in refusals):
        return False
    form.add_error(first.field, str(first))
    return True


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else -1


@require_GET
@desk("decide")
def request_page(request: HttpRequest, public_id: str) -> HttpResponse:
    asked = access.request_for_desk(request.user, public_id)
    return _page(request, asked, DecisionForm(request=asked))


def _page(
    request: HttpRequest, asked: Request, form: Form, status: int = 200, problem: Refusal | None = None
) -> HttpResponse:
    conversation = conversations.about("request", asked.public_id)
    before, after = queries.neighbours(asked)
    to_pay = recap.lines_to_pay(asked)
    can_decide = asked.state in (*TO_DECIDE, "question", "waiting", "accepted")
    context = {
        "asked": asked,
        "service_name": catalogue.service_name(asked.service),
        "size": queries.size_of(asked),
        "state_label": LABELS[asked.state],
        "tone": TONES.get(asked.state, ""),
        "deciding": asked.state in TO_DECIDE,
        "lines": recap.recap_of(asked),
        "to_pay": to_pay,
        "total": total([line.price for line in to_pay]) if to_pay else None,
        "checks": queries.checks_of(asked),
        "others": queries.others_of(asked),
        "thread": conversations.thread(conversation, for_host=True) if conversation else None,
        "form": form,
        "can_decide": can_decide,
        "can_review": asked.state in ("submitted", "waiting"),
        "can_reopen": asked.state in ("accepted", "redirected", "declined")
        and REQUEST.allows(asked.state, "in_review"),
        "reopen_form": WordsForm(auto_id="id_reopen_%s", initial={"version": asked.version}),
        "address_form": AddressForm(),
        "history": history.of_object("request", asked.public_id),
        "before": before,
        "after": after,
        "problem": problem,
    }
    return render(request, "admissions/desk_request.html", context, status=status)


@require_http_methods(["POST"])
@desk("decide")
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Decide; when somebody was faster, the page says who, what and when, and keeps what was typed (409)."""
    asked = access.request_for_desk(request.user, public_id)
    form = DecisionForm(request.POST, request=asked)
    person: Any = request.user
    if "version" in form.data and form.data["version"] != str(asked.version):
        return _too_late(request, asked, _number(form.data["version"]))
    if not form.is_valid():
        return _page(request, asked, form, status=422)
    try:
        decided = operations.decide(request=asked, by=person, **form.given())
    except AlreadyDecided as refusal:
        now = access.request_for_desk(request.user, public_id)
        return _page(request, now, _as_typed(request, now), status=409, problem=refusal)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, asked, form, status=refusal.status)
    messages.success(
        request, _("%(reference)s: %(state)s.") % {"reference": decided.reference, "state": LABELS[decided.state]}
    )
    return redirect("desk-request", public_id)


def _as_typed(request: HttpRequest, asked: Request) -> DecisionForm:
    """Return the form of the request as it is now, with what was typed; nothing of it is judged yet."""
    form = DecisionForm(request=asked)
    typed = {name: request.POST[name] for name in form.fields if name in request.POST and name != "version"}
    form.initial = {**form.initial, **typed}
    return form


def _too_late(request: HttpRequest, asked: Request, version: int) -> HttpResponse:
    """Let the operation say who was faster, whatever the rest of the form holds."""
    person: Any = request.user
    try:
        operations.decide(request=asked, decision="waiting", by=person, version=version)
    except AlreadyDecided as refusal:
        return _page(request, asked, _as_typed(request, asked), status=409, problem=refusal)
    raise AssertionError("a version that is not the request's is always refused")


@require_POST
@desk("decide")
def reopen(request: HttpRequest, public_id: str) -> HttpResponse:
    asked = access.request_for_desk(request.user, public_id)
    form = WordsForm(request.POST)
    if not form.is_valid():
        raise NotFound
    person: Any = request.user
    try:
        operations.reopen(request=asked, by=person, **form.cleaned_data)
    except AlreadyDecided as refusal:
        return _page(request, asked, DecisionForm(request=asked), status=409, problem=refusal)
    messages.success(request, _("The request is back to review."))
    return redirect("desk-request", public_id)


@require_POST
@desk("decide")
def settle(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """The small acts around a decision: review, remind, attach, separate, address."""
    asked = access.request_for_desk(request.user, public_id)
    person: Any = request.user
    acts = {
        "review": (operations.start_review, _("You are reading this request.")),
        "remind": (operations.remind, _("The agreement was sent again, with a new link.")),
        "attach": (operations.attach_to_known, _("The request is linked to the organisation already known.")),
        "separate": (operations.keep_separate, _("It is another organisation: it now has its own page.")),
    }
    if act not in acts:
        raise NotFound
    operation, words = acts[act]
    operation(request=asked, by=person)
    messages.success(request, words)
    return redirect("desk-request", public_id)


@require_POST
@desk("decide")
def change_address(request: HttpRequest, public_id: str) -> HttpResponse:
    asked = access.request_for_desk(request.user, public_id)
    person: Any = request.user
    try:
        operations.change_address(request=asked, label=request.POST.get("wished_address", ""), by=person)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The wished address is changed and kept for this request."))
    return redirect("desk-request", public_id)
