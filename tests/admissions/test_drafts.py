# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils.translation import override

from archipel.admissions import operations
from archipel.admissions.models import Request
from archipel.catalogue.models import Question
from archipel.identity import operations as identity
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound, TooMany
from archipel.organisations.models import Organisation
from archipel.spaces.models import Address
from tests import factories
from tests.admissions import mailbox
from tests.admissions.saying import plain, said

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


def test_draft_keeps_what_was_typed_right_or_wrong(site):
    draft = operations.start_draft(service=site, language="en", typed={"organisation_name": "", "rna": "not a number"})

    draft = operations.save_draft(request=draft, typed={"email": "nowhere"})

    assert (draft.state, draft.language) == ("draft", "en")
    assert draft.draft == {"organisation_name": "", "rna": "not a number", "email": "nowhere"}


def test_draft_link_is_mailed_once_for_an_address(site):
    draft = operations.start_draft(service=site, language="fr", typed={"email": DENISE})
    operations.save_draft(request=draft, typed={"message": "Bonjour"})
    operations.save_draft(request=draft, typed={"email": "denise@ponant.example"})

    assert mailbox.names_to(DENISE) == ["draft_link"]
    assert mailbox.names_to("denise@ponant.example") == ["draft_link"]


def test_draft_is_cut_where_only_programs_write_that_long_and_keeps_no_control_signs(site):
    draft = operations.start_draft(service=site, language="fr", typed={"message": "a\x00" + "b" * 60_000})

    assert draft.draft["message"] == "a" + "b" * 49_999


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("organisation_name", 160),
        ("person_name", 120),
        ("price_reason", 2000),
        ("message", 5000),
        ("question_kind", 300),
    ],
)
def test_what_is_too_long_is_refused_and_kept_whole(site, name, longest):
    Question.objects.create(service=site, position=0, key="kind", kind="line", labels={"fr": "Quoi ?"})
    fits, draft = factories.draft(site, {name: "e" * longest}), factories.draft(site, {name: "e" * (longest + 1)})

    with pytest.raises(operations.Incomplete) as refused, override("en"):
        operations.submit(request=draft)

    words = f"This is too long: {longest + 1} signs were typed, and {longest} at most can be sent."
    assert refused.value.details["errors"] == {name: words}
    assert Request.objects.get(pk=draft.pk).draft[name] == "e" * (longest + 1)
    assert operations.submit(request=fits).state == "draft"


def test_submit_mails_a_link_and_decides_nothing(site):
    draft = operations.submit(request=factories.draft(site))

    assert (draft.state, draft.reference, draft.organisation_name) == ("draft", None, "Les Jardins du Ponant")
    assert mailbox.names_to(DENISE) == ["confirm_address"]
    assert Organisation.objects.exclude(kind="host").count() == 0


def test_submit_says_what_is_missing_and_keeps_the_draft(site):
    draft = factories.draft(site, person_name="", price_level="")

    with pytest.raises(operations.Incomplete) as refused:
        operations.submit(request=draft)

    assert sorted(refused.value.details["errors"]) == ["person_name", "price_level"]
    assert Request.objects.get().draft["organisation_name"] == "Les Jardins du Ponant"


def test_submitting_again_replaces_the_link(site):
    draft = operations.submit(request=factories.draft(site))
    first = mailbox.token_of("confirm_address", "/requests/confirm/")
    operations.submit(request=draft)

    with pytest.raises(NotFound):
        operations.confirm_address(token=first)


def test_one_address_receives_few_links_an_hour(site):
    draft = factories.draft(site)
    for _time in range(4):
        operations.submit(request=draft)

    with pytest.raises(TooMany):
        operations.submit(request=draft)

    assert mailbox.names_to(DENISE) == ["confirm_address"] * 4


def test_a_known_address_gets_the_same_mail(site, alice):
    operations.submit(request=factories.draft(site, email=alice.email))

    assert mailbox.names_to(alice.email) == ["confirm_address"]


def test_a_person_signed_in_with_this_address_needs_no_link(site, alice):
    sent = operations.submit(request=factories.draft(site, email=alice.email), person=alice)

    assert (sent.state, sent.person) == ("submitted", alice)
    assert mailbox.names_to(alice.email) == ["received"]


def test_a_person_signed_in_with_another_address_needs_the_link(site, alice):
    sent = operations.submit(request=factories.draft(site), person=alice)

    assert (sent.state, mailbox.names_to(DENISE)) == ("draft", ["confirm_address"])


def test_confirming_creates_person_organisation_and_thread(site):
    received = factories.received(site)

    assert (received.state, received.draft) == ("submitted", {})
    assert received.reference == f"D-{clock.today().year}-0001"
    assert (received.person.email, received.person.has_usable_password()) == (DENISE, False)
    assert (received.organisation.name, received.organisation.kind) == ("Les Jardins du Ponant", "collective")
    assert Address.objects.get().reserved_for == received.public_id
    assert mailbox.names_to(DENISE) == ["confirm_address", "received"]


def test_references_follow_one_another_beyond_four_digits(site):
    year = clock.today().year
    factories.bare_request(site, 1, reference=f"D-{year}-9999")
    factories.bare_request(site, 2, reference=f"D-{year}-10000")

    assert factories.received(site).reference == f"D-{year}-10001"


def test_confirm_link_works_once(site):
    operations.submit(request=factories.draft(site))
    token = mailbox.token_of("confirm_address", "/requests/confirm/")
    operations.confirm_address(token=token)

    with pytest.raises(operations.LinkUsed):
        operations.confirm_address(token=token)

    assert Organisation.objects.exclude(kind="host").count() == 1


def test_confirm_link_lasts_three_days(site):
    operations.submit(request=factories.draft(site))
    token = mailbox.token_of("confirm_address", "/requests/confirm/")

    with (
        time_machine.travel(clock.now() + timedelta(days=3, seconds=1), tick=False),
        pytest.raises(operations.LinkExpired),
    ):
        operations.confirm_address(token=token)

    assert Request.objects.get().state == "draft"


def test_a_link_nobody_sent_is_not_found(site):
    with pytest.raises(NotFound):
        operations.confirm_address(token="x" * 40)


def test_a_person_alone_is_an_organisation_of_their_own_once(site):
    first = factories.received(site, who="individual")
    second = factories.received(site, who="individual", wished_address="autre-site")

    assert (first.organisation.kind, first.organisation.name) == ("individual", "Denise Le Bris")
    assert second.organisation == first.organisation


def test_a_service_for_organisations_takes_no_person_alone(site):
    site.for_individuals = False
    site.save()

    with pytest.raises(operations.Incomplete) as refused:
        operations.submit(request=factories.draft(site, who="individual", organisation_name="", organisation_kind=""))

    assert sorted(refused.value.details["errors"]) == ["organisation_kind", "organisation_name"]


def test_a_member_declaring_the_number_of_their_organisation_is_linked_to_it(site, alice, trois_ponts):
    trois_ponts.rna = "W294001234"
    trois_ponts.save()

    received = factories.received(site, email=alice.email, rna="w294 001 234")

    assert (received.organisation, received.same_as) == (trois_ponts, None)


def test_a_member_writing_the_name_of_their_organisation_is_linked_to_it(site, alice, trois_ponts):
    received = factories.received(site, email=alice.email, organisation_name="la ressourcerie des trois-ponts")

    assert received.organisation == trois_ponts


def test_a_stranger_declaring_a_known_number_is_left_to_a_human(site, trois_ponts):
    trois_ponts.siren = "732829320"
    trois_ponts.save()

    received = factories.received(site, siren="732 829 320")

    assert (received.state, received.organisation, received.same_as) == ("submitted", None, trois_ponts)
    assert "Trois-Ponts" not in mailbox.body_of("received")


def test_an_address_taken_in_the_meantime_stays_a_wish(site):
    sent = operations.submit(request=factories.draft(site))
    factories.space(factories.organisation(), label="jardins-du-ponant", service=site)

    received = operations.confirm_address(token=mailbox.token_of("confirm_address", "/requests/confirm/"))

    assert (received.pk, received.state, received.wished_address) == (sent.pk, "submitted", "jardins-du-ponant")
    assert Address.objects.filter(reserved_for=received.public_id).count() == 0


def test_what_is_asked_of_a_full_service_joins_the_waiting_list(site):
    site.state = "full"
    site.save()

    assert factories.received(site).state == "waiting"
    assert said("As the form said, it is on the waiting list.") in plain(mailbox.body_of("received"))


def test_confirmed_after_the_service_closed_is_kept_and_said(site):
    operations.submit(request=factories.draft(site))
    site.state = "closed_to_newcomers"
    site.save()

    received = operations.confirm_address(token=mailbox.token_of("confirm_address", "/requests/confirm/"))

    assert received.state == "submitted"
    sentence = (
        "The service stopped taking requests before you confirmed. Your request is kept, and a person will answer you."
    )
    assert said(sentence) in plain(mailbox.body_of("received"))


def test_form_closed_while_typing_keeps_and_mails_everything(cloud):
    draft = factories.draft(cloud, question_people="12")

    with pytest.raises(operations.FormClosed):
        operations.submit(request=draft)

    assert mailbox.names_to(DENISE) == ["draft_kept"]
    assert "Deux jardins et une petite serre." in mailbox.body_of("draft_kept")
    assert Request.objects.get().draft["question_people"] == "12"


def test_form_closed_is_mailed_once_a_day(cloud):
    draft = factories.draft(cloud)

    assert [operations.tell_form_closed(request=draft) for _time in range(2)] == [True, False]


def test_asking_at_once_keeps_nothing_when_something_is_missing(site, typed):
    with pytest.raises(operations.Incomplete):
        operations.ask(service=site, language="fr", typed=typed | {"email": "nowhere"})

    assert Request.objects.count() == 0


def test_asking_at_once_mails_one_link(site, typed):
    sent = operations.ask(service=site, language="fr", typed=typed)

    assert (sent.state, mailbox.names_to(DENISE)) == ("draft", ["confirm_address"])


def test_an_account_opened_without_confirming_is_not_used_by_its_opener(site):
    squatter = factories.person(email=DENISE)
    squatter.emailaddress_set.update(verified=False)

    received = factories.received(site)

    assert received.person == squatter
    received.person.refresh_from_db()
    assert received.person.has_usable_password() is False
    assert identity.person_for_confirmed_email(email=DENISE, name="", language="fr") == squatter
