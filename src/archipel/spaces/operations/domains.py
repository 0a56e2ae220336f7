# SPDX-License-Identifier: AGPL-3.0-or-later
"""An organisation's own names for a space: added, looked at, made the main one, removed."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import translation
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from archipel.host import domains as names
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.outbox import operations as outbox
from archipel.spaces import domains, front, states
from archipel.spaces.models import Address, Domain, Space
from archipel.spaces.models.domains import HELD
from archipel.spaces.moves import locked, record
from archipel.spaces.operations.routing import route_soon
from archipel.spaces.refusals import NotOpen
from archipel.spaces.wiring import publishes

MOST_OF_A_SPACE = 20
# How long after a check without success the next one comes: records are usually changed within the hour.
PATIENCE = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30, 60, 120, 240, 360)]
EVERY_DAY = timedelta(days=1)
# Neither is the organisation's doing: nothing is counted against its name, which is looked at again soon.
BLAMELESS, BLAMELESS_PATIENCE = {"silent", "host"}, timedelta(minutes=10)
# One wrong answer of a name server takes nothing away.
WRONG_IN_A_ROW = 3
REMIND_AFTER, GIVE_UP_AFTER = timedelta(days=3), timedelta(days=30)
AT_ONCE = 200
# Nobody looks at these any more.
_AT_REST = {"failed", "removed"}


class DomainThere(Refusal):
    """The space has this name already."""

    code = "domain_there"
    message = _("This name is already in the list.")


class DomainTaken(Refusal):
    """It leads to another space here."""

    code = "domain_taken"
    message = _(
        "This name already leads to a space here. Remove it there first, or write to us if it is not yours there."
    )


class TooManyDomains(Refusal):
    """A space has as many names as it may."""

    code = "too_many_domains"
    message = _("A space may have 20 names of its own. Remove one that is no longer used.")


class NoOwnNames(Refusal):
    """This host has no proxy, or the space has no address it could lead to."""

    code = "no_own_names"
    message = _("Names of your own cannot be used with this space.")


class NotEnabled(Refusal):
    """A name that does not work yet cannot be the main one."""

    code = "domain_not_enabled"
    message = _("This name does not work yet: visitors can be led to it once it does.")


class KeepsItsAddress(Refusal):
    """The application knows itself by one address only."""

    code = "keeps_its_address"
    message = _("This application keeps its address: your name leads there.")


def add_domain(*, space: Space, name: str, by: Person | None) -> Domain:
    """Add a name to a space and have it looked at; the first one of a website is to be its main one.

    ``NotADomain``, ``PublicSuffix``, ``OfTheHost``, ``NotOpen``, ``NoOwnNames``, ``DomainThere``, ``DomainTaken``, ``TooManyDomains``.
    """
    cleaned = domains.clean_name(name)
    with transaction.atomic():
        space = locked(space)
        _check_space(space, cleaned)
        now = clock.now()
        domain = Domain.objects.create(
            space=space,
            name=cleaned,
            registrable=names.registrable(cleaned),
            state="pending",
            main=publishes(space) and not space.domains.filter(main=True).exists(),
            secret=get_random_string(24),
            proof_needed=_of_others_too(space, cleaned),
            added_by=by,
            added_at=now,
            since=now,
            next_check_at=now,
        )
        record("space.domain_added", space, by, domain=domains.shown(cleaned))
        _look_soon(domain)
    return domain


def _check_space(space: Space, name: str) -> None:
    if not front.takes_own_names() or not Address.objects.filter(space=space).exists():
        raise NoOwnNames
    if space.state != "open":
        raise NotOpen
    mine = space.domains.exclude(state="removed")
    if mine.filter(name=name).exists():
        raise DomainThere(field="name")
    if Domain.objects.filter(HELD, name=name).exists():
        raise DomainTaken(field="name")
    if mine.count() >= MOST_OF_A_SPACE:
        raise TooManyDomains(field="name")


def _of_others_too(space: Space, name: str) -> bool:
    """Return whether another organisation had, has or wants a name of the same domain here: pointing then proves nothing.

    What it pointed here may still point here after it left; and whoever wrote a name down first waits for the one whose
    name it is to point it here.
    """
    rows = Domain.objects.filter(registrable=names.registrable(name))
    return rows.exclude(space__organisation=space.organisation_id).exists()


@task()
def look_at_domain(*, domain_id: str) -> None:
    check_domain(domain_id=domain_id)


def _look_soon(domain: Domain) -> None:
    outbox.enqueue_once(
        task=look_at_domain, key=f"spaces.domain:{domain.public_id}", kwargs={"domain_id": domain.public_id}
    )


def check_due() -> int:
    """Have the names looked at whose time has come, and return how many."""
    rows = Domain.objects.filter(next_check_at__lte=clock.now()).order_by("next_check_at")[:AT_ONCE]
    for domain in rows:
        _look_soon(domain)
    return len(rows)


def ask_check(*, domain: Domain) -> Domain:
    """Have a name looked at now, at somebody's wish; one that was given up is taken up again."""
    with transaction.atomic():
        domain = _locked(domain)
        if domain.state == "failed":
            _move(domain, "pending")
        domain.failures, domain.next_check_at = 0, clock.now()
        domain.save()
        _look_soon(domain)
    return domain


def check_domain(*, domain_id: str) -> Domain:
    """Look at a name and write what was seen, moving its state. Repeatable; calls outside before its transaction."""
    domain = Domain.objects.select_related("space").get(public_id=domain_id)
    address = Address.objects.filter(space=domain.space).values_list("name", flat=True).first() or ""
    if domain.state in _AT_REST or domain.space.state not in {"open", "closing"} or not address:
        return domain
    # Looked at again each time: another organisation may have come since, or at the same instant.
    must_prove = domain.enabled_at is None and _of_others_too(domain.space, domain.name)
    domain.proof_needed = domain.proof_needed or must_prove
    seen = domains.look(domain, address)
    with transaction.atomic():
        domain = _locked(domain)
        domain.proof_needed = domain.proof_needed or must_prove
        if domain.state not in _AT_REST:
            _write(domain, seen)
    return domain


def _write(domain: Domain, seen: domains.Seen) -> None:
    now = clock.now()
    problem = seen.problem or ("taken" if _led_elsewhere(domain) else "")
    domain.checked_at, domain.problem, domain.problem_about = now, problem, seen.about[:300]
    if problem not in BLAMELESS:
        domain.observed, domain.wanted = seen.observed, seen.wanted
    before = domain.state
    if not problem:
        domain.failures, domain.next_check_at = 0, now + EVERY_DAY
        _enable(domain)
    elif problem in BLAMELESS:
        domain.next_check_at = now + BLAMELESS_PATIENCE
    else:
        domain.failures += 1
        domain.next_check_at = now + PATIENCE[min(domain.failures, len(PATIENCE)) - 1]
        _fail(domain)
    domain.save()
    if domain.state != before:
        _announce(domain)


def _led_elsewhere(domain: Domain) -> bool:
    # Two at the same instant: the database lets one of them in, the other is looked at again and comes here.
    return Domain.objects.filter(HELD, name=domain.name).exclude(pk=domain.pk).exists()


def _enable(domain: Domain) -> None:
    if domain.state != "enabled":
        _move(domain, "enabled")
        domain.enabled_at = domain.enabled_at or clock.now()


def _fail(domain: Domain) -> None:
    for_so_long = clock.now() - domain.since
    if domain.state == "enabled":
        if domain.failures >= WRONG_IN_A_ROW:
            _move(domain, "action_required")
    elif for_so_long >= GIVE_UP_AFTER:
        _move(domain, "failed")
        domain.enabled_at = domain.next_check_at = None
    elif domain.state == "pending" and for_so_long >= REMIND_AFTER:
        _move(domain, "action_required")


def make_main_domain(*, domain: Domain, by: Person) -> Domain:
    """Lead visitors to this name, from the space's own address and its other names (``NotEnabled``, ``KeepsItsAddress``)."""
    with transaction.atomic():
        domain = _locked(domain)
        if domain.state != "enabled":
            raise NotEnabled
        if not publishes(domain.space):
            raise KeepsItsAddress
        domain.space.domains.filter(main=True).update(main=False)
        domain.main = True
        domain.save(update_fields=["main"])
        record("space.main_domain", domain.space, by, domain=domains.shown(domain.name))
        route_soon(space=domain.space)
    return domain


def make_own_address_main(*, space: Space, by: Person) -> Space:
    """Lead visitors to the address that the host gave, from all names of the organisation's own. Repeatable."""
    with transaction.atomic():
        space = locked(space)
        if space.domains.filter(main=True).update(main=False):
            address = Address.objects.filter(space=space).values_list("name", flat=True).first() or ""
            record("space.main_domain", space, by, domain=address)
            route_soon(space=space)
    return space


def remove_domain(*, domain: Domain, by: Person | None) -> Domain:
    """Take a name away from a space: visitors no longer find it there. Repeatable."""
    with transaction.atomic():
        domain = _locked(domain)
        if domain.state != "removed":
            _move(domain, "removed")
            domain.main, domain.next_check_at = False, None
            domain.save()
            record("space.domain_removed", domain.space, by, domain=domains.shown(domain.name))
            route_soon(space=domain.space)
    return domain


def remove_domains_of(*, space_id: str) -> int:
    """Take every name away from a space that is gone, and return how many. Repeatable."""
    rows = list(Domain.objects.filter(space__public_id=space_id).exclude(state="removed"))
    for domain in rows:
        remove_domain(domain=domain, by=None)
    return len(rows)


def _locked(domain: Domain) -> Domain:
    """Lock the space, then the row: always in this order."""
    space = locked(domain.space)
    found = Domain.objects.select_for_update(of=("self",)).get(pk=domain.pk)
    found.space = space
    return found


def _move(domain: Domain, to: str) -> None:
    states.DOMAIN.check(domain.state, to)
    domain.state, domain.since = to, clock.now()


_FACTS = {
    "enabled": ("space.domain_enabled", "spaces/domain_enabled"),
    "action_required": ("space.domain_wrong", "spaces/domain_action"),
    "failed": ("space.domain_failed", "spaces/domain_action"),
}


def _announce(domain: Domain) -> None:
    what, message = _FACTS[domain.state]
    record(what, domain.space, domain=domains.shown(domain.name))
    route_soon(space=domain.space)
    _tell(domain, message)


def _tell(domain: Domain, message: str) -> None:
    portal = host.current().portal_url
    for person in referents_of(domain.space.organisation):
        with translation.override(person.language):
            problem = domains.problem_words(domain)
        mailing.send(
            name=message,
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "space": domain.space,
                "name": person.name,
                "domain": domains.shown(domain.name),
                "url": f"https://{domain.name}/",
                "main": domain.main,
                "given_up": domain.state == "failed",
                "problem": problem,
                "page_url": f"{portal}/spaces/{domain.space.public_id}/domains/",
            },
        )
