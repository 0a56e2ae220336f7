# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.admissions import operations, queries
from archipel.admissions.events import WaveClosed, WaveOpened
from archipel.agreements.events import AgreementAgreed
from archipel.conversations.events import MessageWritten
from archipel.outbox.facts import on
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic
from archipel.procedures.events import ProcedureCancelled
from archipel.spaces.events import SpaceOpened


@on(AgreementAgreed)
def open_what_was_agreed(fact: AgreementAgreed) -> None:
    if fact.about_kind == "request":
        operations.open_agreed(request=queries.request_to_lock(fact.about_id))


@on(SpaceOpened)
def say_it_is_open(fact: SpaceOpened) -> None:
    request = queries.request_of_space(fact.space_id)
    if request is not None and request.space is not None:
        operations.mark_open(request=request, space=request.space)


@on(ProcedureCancelled)
def decide_again(fact: ProcedureCancelled) -> None:
    request = queries.request_of_space(fact.about_id) if fact.about_kind == "space" else None
    if request is not None:
        operations.opening_abandoned(request=request)


@on(MessageWritten)
def take_answer(fact: MessageWritten) -> None:
    if fact.about_kind == "request" and fact.side == "them":
        operations.answer_received(request=queries.request_to_lock(fact.about_id))


@on(WaveOpened)
def tell_who_waits(fact: WaveOpened) -> None:
    operations.tell_waiting(service=queries.wave_by_id(fact.wave_id).service)


@on(WaveClosed)
def keep_what_is_typed(fact: WaveClosed) -> None:
    operations.tell_typists(wave=queries.wave_by_id(fact.wave_id))


@periodic("admissions.waves", every=timedelta(minutes=1))
def open_and_close_waves() -> None:
    operations.tick()


@periodic("admissions.alerts", every=timedelta(minutes=10))
def tell_all_who_wait() -> None:
    operations.tell_all_waiting()


@periodic("admissions.purge", daily=time(3, 20))
def purge() -> None:
    operations.purge()


label("archipel.admissions.tasks.open_what_was_agreed", _("Open what was agreed to"))
label("archipel.admissions.tasks.say_it_is_open", _("Say on the request that what was asked for is open"))
label("archipel.admissions.tasks.decide_again", _("Bring a request back when its opening was cancelled"))
label("archipel.admissions.tasks.take_answer", _("Take the answer to a question"))
label("archipel.admissions.tasks.tell_who_waits", _("Tell those who wait that a wave has opened"))
label("archipel.admissions.tasks.keep_what_is_typed", _("Mail what was being typed when a wave closed"))
label("archipel.admissions.tasks.open_and_close_waves", _("Open and close the waves on time"))
label("archipel.admissions.tasks.tell_all_who_wait", _("Tell those who wait for a service"))
label("archipel.admissions.tasks.purge", _("Delete old drafts, and names from old requests"))
