# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens when the reader of a mailbox says: yes, this request is mine."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models.functions import Length
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from archipel.admissions import emails
from archipel.admissions.models import Request
from archipel.admissions.operations.moving import conversation_of, locked, move, record
from archipel.admissions.queries import form_state, known_by_number, surely_of
from archipel.admissions.queries.intake import FormState
from archipel.conversations import operations as conversations
from archipel.identity import operations as identity
from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import operations as organisations
from archipel.organisations.models import Organisation
from archipel.spaces import operations as spaces

TRIES_FOR_A_REFERENCE = 20


class LinkUsed(Refusal):
    """The link works once."""

    code = "link_used"
    message = gettext_lazy("This link has already been used: your request is confirmed, there is nothing more to do.")
    status = 410


class LinkExpired(Refusal):
    """The three days are over; the draft is still there."""

    code = "link_expired"
    message = gettext_lazy("This link has expired. Open your draft again and send it: you will receive a new one.")
    status = 410


def request_to_confirm(*, token: str) -> Request:
    """Return the draft a link confirms (``NotFound``, ``LinkUsed``, ``LinkExpired``); nothing is written."""
    request = (
        Request.objects.select_related("service", "tier__offer__service").filter(confirm_digest=digest(token)).first()
    )
    if request is None:
        raise NotFound
    if request.state != "draft":
        raise LinkUsed(reference=request.reference)
    if request.confirm_expires_at is None or request.confirm_expires_at <= clock.now():
        raise LinkExpired(draft=request.public_id)
    return request


def confirm_address(*, token: str) -> Request:
    """Take a request in: its asker read the link in their mailbox. Works once."""
    with transaction.atomic():
        request = locked(request=request_to_confirm(token=token))
        if request.state != "draft":
            raise LinkUsed(reference=request.reference)
        return receive(request=request)


def receive(*, request: Request) -> Request:
    """Take in a draft whose address is confirmed, locked in the caller's transaction, and put it where it belongs now."""
    state = form_state(request.service)
    request.person = identity.person_for_confirmed_email(
        email=request.email, name=request.person_name, language=request.language
    )
    _find_organisation(request)
    request.wave = state.wave
    _name_it(request)
    keep_address(request=request)
    with override(request.language):
        note = _put(request, state)
    conversation = conversation_of(request=request)
    with override(request.language):
        received = _("Request received")
    conversations.record_event(conversation=conversation, text=f"{received}. {note}".strip())
    record(what="request.received", request=request, actor=request.person)
    emails.send_received(request, note)
    return request


def _name_it(request: Request) -> None:
    """Give the next reference of the year and move to ``submitted``; the typed draft is no longer needed."""
    year = clock.today().year
    prefix = f"D-{year}-"
    for _try in range(TRIES_FOR_A_REFERENCE):
        given = Request.objects.filter(reference__startswith=prefix).annotate(signs=Length("reference"))
        last = given.order_by("-signs", "-reference").values_list("reference", flat=True).first()
        number = int(last.removeprefix(prefix)) + 1 if last else 1
        try:
            with transaction.atomic():
                request.reference = f"{prefix}{number:04d}"
                request.save(update_fields=["reference"])
        except IntegrityError:  # somebody confirmed at the same moment
            continue
        move(request=request, to="submitted", submitted_at=clock.now(), draft={})
        return
    raise RuntimeError("no free reference")


def _find_organisation(request: Request) -> None:
    """Link the organisation that is surely theirs, or make it; leave it to a human when a number is known already."""
    person = request.person
    assert person is not None
    theirs = surely_of(request, person)
    known = known_by_number(request.rna, request.siren)
    if theirs is None and known is not None:
        request.same_as = known
    else:
        request.organisation = theirs or make_organisation(request=request)


def make_organisation(*, request: Request) -> Organisation:
    """Create the organisation as it was declared, its asker as referent; a number somebody has is left out."""
    claimed = known_by_number(request.rna, request.siren)
    assert request.person is not None
    organisation = organisations.create_organisation(
        name=request.organisation_name,
        kind=request.organisation_kind,
        rna="" if claimed and claimed.rna == request.rna else request.rna,
        siren="" if claimed and claimed.siren == request.siren else request.siren,
        founded_year=request.founded_year,
        fields_of_action=request.fields_of_action,
        town=request.town,
        town_text=request.town_text,
        by=request.person,
    )
    organisations.give_role(organisation=organisation, person=request.person, role="referent")
    return organisation


def keep_address(*, request: Request) -> None:
    """Reserve the wished address; taken in the meantime, it stays as a wish that the desk sees."""
    if not request.wished_address:
        return
    try:
        with transaction.atomic():
            spaces.reserve_address(label=request.wished_address, for_request=request.public_id)
    except Refusal:
        return


def _put(request: Request, state: FormState) -> str:
    """Move on to the waiting list when that is where it goes, and return what the asker is told about it."""
    if state.taking and not state.waiting_only:
        return ""
    if state.taking:
        move(request=request, to="waiting")
        return _("As the form said, it is on the waiting list.")
    if state.alert and request.service.intake == "waves" and state.note:
        move(request=request, to="waiting")
        return _("The form closed before you confirmed: your request is kept, on the waiting list.")
    return _(
        "The service stopped taking requests before you confirmed. Your request is kept, and a person will answer you."
    )
