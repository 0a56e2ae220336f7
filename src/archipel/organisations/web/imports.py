# SPDX-License-Identifier: AGPL-3.0-or-later
"""Moving in from the host's former software: files are given, read, looked at, applied and, if need be, undone."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archipel.host.gate import desk
from archipel.identity import operations as identity_operations
from archipel.identity import queries as identity
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import operations, queries
from archipel.organisations.import_forms import ImportForm, LinkForm
from archipel.organisations.models import Batch
from archipel.organisations.moving.columns import TABLES, template
from archipel.organisations.moving.words import KIND_WORDS

ACTS = {
    "apply": operations.apply_batch,
    "undo": operations.undo_batch,
    "discard": operations.discard_batch,
    "go-on": operations.go_on_with_batch,
    "mail": operations.write_to_arrivals,
}
PAGES = 10_000


@desk("settings")
def imports(request: HttpRequest) -> HttpResponse:
    """Every import, latest first, and the form to begin one."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = operations.open_batch(by=_me(request), **form.given())
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return redirect("desk-import", batch.public_id)
    page = _page(request)
    rows, more = queries.batches(page=page)
    context = {"form": form, "rows": rows, "more": page + 1 if more else 0, "tables": list(KIND_WORDS.items())}
    return render(request, "organisations/desk_imports.html", context, status=422 if form.errors else 200)


@require_GET
@desk("settings")
def import_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where an import stands: what it would do, how far it is, or what it did."""
    batch = _batch(public_id)
    page = _page(request)
    problems, more = queries.problems_of(batch, page=page)
    context = {
        "page": queries.batch_page(batch),
        "batch": batch,
        "problems": problems,
        "more": page + 1 if more else 0,
        "kept": queries.kept_of(batch) if batch.state in ("undoing", "undone") else [],
    }
    return render(request, "organisations/desk_import.html", context)


@require_POST
@desk("settings")
def import_act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Apply, undo, discard, go on after a stop, or write to those who have no passphrase."""
    batch = _batch(public_id)
    if act not in ACTS:
        raise NotFound
    try:
        ACTS[act](batch=batch, by=_me(request))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("desk-import", batch.public_id)


@require_GET
@desk("settings")
def import_problems_csv(request: HttpRequest, public_id: str) -> StreamingHttpResponse:  # noqa: ARG001
    """Every problem as a table, to correct the files by."""
    batch = _batch(public_id)
    response = StreamingHttpResponse(_written(_problem_rows(batch)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{batch.public_id}.csv"'
    return response


@require_GET
@desk("settings")
def import_template_csv(request: HttpRequest, kind: str) -> HttpResponse:  # noqa: ARG001
    """An empty table with its headings and one example."""
    if kind not in TABLES:
        raise NotFound
    response = HttpResponse("".join(_written(template(kind))), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return response


@desk("settings")
def account_names(request: HttpRequest) -> HttpResponse:
    """Say which application here each application of the former software is."""
    clients = identity.search_clients(limit=500)
    if request.method == "POST":
        form = LinkForm(request.POST, clients=clients)
        if form.is_valid():
            _link(request, form)
        return redirect("desk-account-names")
    lines = [(line, _link_form(line, clients, place)) for place, line in enumerate(identity.applications_with_names())]
    return render(request, "organisations/desk_account_names.html", {"lines": lines})


def _link(request: HttpRequest, form: LinkForm) -> None:
    answers = form.cleaned_data
    client = identity.open_client(answers["client"]) if answers["client"] else None
    try:
        identity_operations.link_application(application=answers["application"], client=client, by=_me(request))
        messages.success(request, _("Saved."))
    except Refusal as refusal:
        messages.error(request, str(refusal))


def _link_form(line: Any, clients: list[Any], place: int) -> LinkForm:
    initial = {"application": line.application, "client": line.client.public_id if line.client else ""}
    return LinkForm(initial=initial, clients=clients, application=line.application, auto_id=f"link{place}_%s")


def _me(request: HttpRequest) -> Any:
    return request.user


def _batch(public_id: str) -> Batch:
    batch = queries.batch_by_public_id(public_id)
    if batch is None:
        raise NotFound
    return batch


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return min(max(int(text), 1), PAGES) if text.isdecimal() and len(text) < 6 else 1


def _problem_rows(batch: Batch) -> Iterator[list[str]]:
    yield [_("File"), _("Line"), _("Column"), _("Left out"), _("What is wrong")]
    for one in queries.all_problems_of(batch):
        yield [one.file, str(one.line), one.column, _("yes") if one.left_out else _("no"), one.words]


class _Echo:
    def write(self, value: str) -> str:
        return value


def _written(rows: Iterable[list[str]]) -> Iterator[str]:
    # A byte order mark: spreadsheets read UTF-8 only when told so.
    yield "\ufeff"
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in row])
