# SPDX-License-Identifier: AGPL-3.0-or-later
"""One of everything, twice: of the organisation whose people ask ("own"), and of another one ("other")."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from archipel.admissions.links import token_for
from archipel.admissions.models import PeerHost, Request, Wave, WaveAlert
from archipel.catalogue.models import Question
from archipel.conversations import operations as conversations
from archipel.conversations.models import Conversation, Message, StrayMail
from archipel.history import operations as history
from archipel.identity.models import SCOPES, ApiToken, Client, Entry, Person, Session, SignIn
from archipel.identity.sessions import public_id_of
from archipel.kernel import clock, keys
from archipel.kernel.references import digest, new_public_id, new_token
from archipel.machines.models import BackupPlace, Machine
from archipel.mailing.models import Email, Suppression
from archipel.organisations import operations as organisations
from archipel.organisations.models import Batch, Invitation, Organisation, Town
from archipel.organisations.resets import cancel_token
from archipel.outbox.models import Job
from archipel.procedures import operations as procedures
from archipel.spaces import operations as spaces
from archipel.spaces.files import export_path
from archipel.spaces.models import (
    Backup,
    Closing,
    Drill,
    Export,
    HandStep,
    Report,
    Restoration,
    Space,
    SpaceDrift,
    Upgrade,
    UpgradeRound,
)
from tests import factories
from tests.access.people import HOST
from tests.identity.factors import with_codes

Things = dict[str, Any]


@dataclass
class World:
    """``own`` and ``other`` hold ids and secrets by the same names; ``shared`` what belongs to no organisation."""

    people: dict[str, Person]
    own: Things
    other: Things
    shared: Things = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    revoked_token: str = ""

    def argument(self, word: str, side: str) -> str:
        """Return what stands for ``$space``; a word without a dollar is itself."""
        if not word.startswith("$"):
            return word
        name = word[1:]
        return str(self.shared[name] if name in self.shared else getattr(self, side)[name])

    def narrow_token(self, name: str, without: set[str]) -> str:
        """Return a token of a person that carries every scope but these."""
        return _token(self.people[name], [scope for scope in SCOPES if scope not in without])[1]

    def shared_word(self, word: str) -> bool:
        return not word.startswith("$") or word[1:] in self.shared


def build() -> World:
    """Write the world with the operations of the house and, where a past is needed, straight into the tables."""
    factories.host(portal_url="http://testserver")
    people = _people()
    shared = _shared(people)
    own = _things("Les Trois-Ponts", "trois-ponts", people["referent"], shared)
    for role in ("member", "treasurer"):
        factories.role(own["organisation_row"], people[role], role)
    other = _things("Le Phare", "le-phare", people["stranger"], shared)
    # What one did oneself belongs to one alone: sessions, tokens, the invitation one received.
    for who, person in people.items():
        own[f"token_of_{who}"] = _token(person, [])[0].public_id
    own["token_id"], other["token_id"] = own["token_of_referent"], own["token_of_stranger"]
    own["session_id"], other["session_id"] = _session(people["referent"]), _session(people["stranger"])
    shared["passkey"] = with_codes(people["referent"]).pk
    world = World(people=people, own=own, other=other, shared=shared)
    for who, person in people.items():
        world.tokens[who] = _token(person, list(SCOPES))[1]
    row, world.revoked_token = _token(people["administrator"], list(SCOPES))
    ApiToken.objects.filter(pk=row.pk).update(revoked_at=clock.now())
    return world


def _people() -> dict[str, Person]:
    people = {
        role: factories.host_person(f"{role.capitalize()} de l’Escale", f"{role}@lescale.example", [role])
        for role in sorted(HOST)
    }
    for name in ("member", "treasurer", "referent", "stranger"):
        people[name] = factories.person(f"{name.capitalize()} Martin", f"{name}@people.example")
    return people


def _token(person: Person, scopes: list[str]) -> tuple[ApiToken, str]:
    secret = new_token()
    row = ApiToken.objects.create(
        person=person, name="test", digest=digest(secret), scopes=scopes, created_at=clock.now(), last_used_on=clock.today()
    )  # fmt: skip
    return row, secret


def _session(person: Person) -> str:
    key = f"another browser of {person.public_id}"[:40]
    Session.objects.create(
        session_key=key, public_id=public_id_of(key), person=person, expire_date=clock.now() + timedelta(days=9)
    )
    return public_id_of(key)


def _shared(people: dict[str, Person]) -> Things:
    Town.objects.create(
        code="29039", name="Concarneau", search_name="concarneau", department="29", region="53", postcodes="29900"
    )
    service = factories.maintained(factories.website_service(), people["support"], people["administrator"])
    tier, terms = factories.tier(service), factories.terms(service)
    factories.terms(None)
    by_wave = factories.service("nuage", "Nuage", state="open", intake="waves")
    factories.offer(by_wave)
    now = clock.now()
    wave = Wave.objects.create(
        service=by_wave, names={"fr": "Vague"}, criteria={"fr": "Associations"}, opens_at=now - timedelta(days=9),
        closes_at=now - timedelta(days=2), capacity=3, order="lot", seed_hash="0" * 64, seed="1", state="closed",
    )  # fmt: skip
    planned = Wave.objects.create(
        service=by_wave, names={"fr": "Suivante"}, criteria={"fr": "Tous"}, opens_at=now + timedelta(days=9),
        closes_at=now + timedelta(days=12), capacity=3, order="date", state="planned",
    )  # fmt: skip
    alert = WaveAlert.objects.create(service=by_wave, email="attend@people.example", created_at=now)
    peer = PeerHost.objects.create(
        name="Le Goulet", url="https://legoulet.example/", address="bonjour@legoulet.example"
    )
    job = Job.objects.create(
        kind="task",
        name="archipel.mailing.tasks.poll",
        state="dead",
        due_at=now,
        created_at=now,
        finished_at=now,
        problem="error",
    )
    stray = StrayMail.objects.create(digest="a" * 64, size=12, problem="unreadable", received_at=now)
    failed = Email.objects.create(
        message_id="<1@lescale.example>", name="spaces/site_open", to_address="perdu@people.example", subject="…", language="fr",
        state="refused", created_at=now, try_until=now, failed_at=now,
    )  # fmt: skip
    delivered = Email.objects.create(
        message_id="<2@lescale.example>", name="spaces/site_open", to_address="lu@people.example", subject="…", language="fr",
        state="sent", created_at=now, try_until=now, sent_at=now,
    )  # fmt: skip
    Suppression.objects.create(email="perdu@people.example", reason="bounced", since=now)
    factories.account_name(people["editor"], "git")
    place = BackupPlace.objects.create(
        name="Chez le voisin", kind="folder", location="/copies", locked_passphrase=keys.lock("k"), created_at=now
    )
    blogs = factories.blog_service()
    made = UpgradeRound.objects.create(service=blogs, to_version="2.0", at_once=1, asked_at=now, ended_at=now)
    return {
        "backup_place": place.public_id, "backup_place_row": place,
        "client_row": factories.client("Forge"), "client": factories.client("Nuage").public_id,
        "drift": factories.drift(people["editor"]).public_id,
        "batch": factories.batch(people["administrator"]).public_id,
        "blog_service": blogs.slug, "round": made.public_id, "service": service.slug, "service_row": service, "by_wave": by_wave.slug, "tier_row": tier, "terms_day": terms.since.isoformat(),
        "wave": wave.public_id, "planned_wave": planned.public_id, "peer": peer.public_id, "job": job.pk, "stray": stray.public_id,
        "failed_mail": failed.public_id, "mail": delivered.public_id, "alert_token": token_for("alert", alert.public_id),
        **_application(), **_machines(),
        "host_organisation": factories.host_organisation().public_id, "host_person": people["editor"].public_id,
        "question": Question.objects.create(service=service, position=0, key="pour-quoi", kind="line", labels={"fr": "Pour quoi ?"}).key,
    }  # fmt: skip


def _things(name: str, label: str, referent: Person, shared: Things) -> Things:
    where = factories.organisation(name=name, referent=referent)
    extra = factories.person(f"Dominique de {name}", f"dominique@{label}.example")
    factories.role(where, extra, "member")
    unread = EmailAddress.objects.create(user=extra, email=f"autre@{label}.example", verified=False)
    things: Things = {"organisation_row": where, "organisation": where.public_id, "person": extra.public_id}
    things |= {"confirm_key": EmailConfirmationHMAC(unread).key}
    things |= {"known_application": _entered(referent, f"Nuage {name}").public_id}
    things |= {"declared": factories.declared_service(where, confirmed_by=referent).public_id}
    things |= _invitations(where, referent)
    things |= _applications(where, extra, referent, shared)
    things |= _requests(where, label, referent, shared)
    things |= _spaces(where, label, referent, shared)
    return things


def _machines() -> Things:
    site = factories.site()
    return {"machine": factories.machine(site=site).public_id, "machine_site": site.public_id}


def _application() -> Things:
    factories.signing_key()
    made = factories.client("Nuage commun")
    asked = {
        "client_id": made.public_id, "response_type": "code", "redirect_uri": made.redirect_uris[0], "scope": "openid",
        "code_challenge": "c" * 43, "code_challenge_method": "S256",
    }  # fmt: skip
    return {"application": made.public_id, "asked": urlencode(asked)}


def _entered(person: Person, name: str) -> Client:
    """An application that a person is signed in to."""
    made, now = factories.client(name), clock.now()
    Entry.objects.create(client=made, person=person, through="host", since=now)
    SignIn.objects.create(
        client=made, person=person, session_digest="0" * 64, sid="s", scopes=["openid"], signed_in_at=now,
        code_digest=digest(new_token()), code_expires_at=now, redirect_uri=made.redirect_uris[0], created_at=now, redeemed_at=now,
    )  # fmt: skip
    return made


def _invitations(where: Organisation, referent: Person) -> Things:
    def invite(email: str) -> tuple[str, str]:
        public_id = new_public_id()
        secret = f"{public_id}{new_token()}"
        Invitation.objects.create(
            public_id=public_id, organisation=where, email=email, role="member", digest=digest(secret), invited_by=referent,
            created_at=clock.now(), expires_at=clock.now() + timedelta(days=5),
        )  # fmt: skip
        return public_id, secret

    pending, secret = invite(f"nouvelle@{where.public_id}.example")
    to_member, _ = invite("member@people.example" if where.name == "Les Trois-Ponts" else "stranger@people.example")
    return {"invitation": pending, "invitation_token": secret, "invitation_of_member": to_member}


def _applications(where: Organisation, member: Person, referent: Person, shared: Things) -> Things:
    access = organisations.open_application(organisation=where, client=shared["client_row"], by=None)
    reset = organisations.ask_reset(organisation=where, person=member, by=referent)
    return {"access": access.public_id, "reset": reset.public_id, "reset_token": cancel_token(reset)}


def _requests(where: Organisation, label: str, referent: Person, shared: Things) -> Things:
    now, service = clock.now(), shared["service_row"]
    values = {
        "service": service, "since": now, "saved_at": now, "created_at": now, "tier": shared["tier_row"], "price_level": "full",
        "organisation_name": where.name, "organisation_kind": "collective", "person_name": referent.name,
    }  # fmt: skip
    number = Request.objects.count()
    asked = Request.objects.create(
        state="submitted", reference=f"D-2026-9{number:03d}", submitted_at=now, person=referent, organisation=where,
        email=referent.email, wished_address=f"{label}-2", **values,
    )  # fmt: skip
    confirm = new_token()
    draft = Request.objects.create(
        state="draft", draft={"email": f"brouillon@{label}.example", "organisation_name": where.name}, email=f"brouillon@{label}.example",
        confirm_digest=digest(confirm), confirm_expires_at=now + timedelta(days=2), **values,
    )  # fmt: skip
    conversation = conversations.open_conversation(
        about=("request", asked.public_id), subject="Votre demande", organisation=where
    )
    conversations.add_participant(
        conversation=conversation, email=referent.email, name=referent.name, side="them", person=referent
    )
    message = conversations.write(
        conversation=conversation,
        side="them",
        body="Bonjour",
        author=referent,
        files=[SimpleUploadedFile("statuts.txt", b"statuts")],
    )
    unconfirmed = Message.objects.create(
        conversation=conversation, kind="message", side="them", author_email="inconnue@people.example", confirmed=False,
        by_mail=True, body="Je réponds d’ailleurs", written_at=now,
    )  # fmt: skip
    secret = new_token()
    agreement = factories.agreement(
        where, service, referent_email=referent.email, token=secret, about_id=asked.public_id
    )
    return {
        "request": asked.public_id, "draft": draft.public_id, "draft_token": token_for("draft", draft.public_id),
        "follow_token": token_for("follow", asked.public_id), "confirm_token": confirm, "conversation": conversation.public_id,
        "message": unconfirmed.public_id, "file": message.attachments.get().public_id, "agreement": agreement.public_id,
        "agreement_token": secret,
    }  # fmt: skip


def _spaces(where: Organisation, label: str, referent: Person, shared: Things) -> Things:
    space = factories.open_site(where, label)
    versions = [spaces.publish_zip(space=space, archive=factories.zip_of(), person=referent) for _ in range(2)]
    upload = spaces.start_upload(space=space, person=referent)
    export = Export.objects.create(
        space=space, asked_by=referent, asked_at=clock.now(), ready_at=clock.now(), size=4, sha256="0" * 64,
        expires_on=clock.today() + timedelta(days=9),
    )  # fmt: skip
    export_path(export).write_bytes(b"zip!")
    procedure = procedures.start(
        kind="spaces.open_website",
        about_kind="space",
        about_id=space.public_id,
        organisation_id=where.public_id,
        title="Ouverture",
    )
    held = factories.open_site(where, f"{label}-retenu")
    own_hold = spaces.place_hold(space=held, kind="own_wish", effect="suspended", reason="Travaux", by=referent)
    abuse = spaces.place_hold(space=held, kind="abuse", effect="read_only", reason="Signalement", by=None)
    backup = Backup.objects.create(
        space=space, place=shared["backup_place_row"], copy_id=f"{space.public_id}/00000000", taken_at=clock.now(),
        finished_at=clock.now(), bytes=4, files=1, added_bytes=4,
    )  # fmt: skip
    drill = Drill.objects.create(
        backup=backup, at=clock.now(), finished_at=clock.now(), ok=False, seconds=1, files=0, detail="…"
    )
    domain = spaces.add_domain(space=space, name=f"www.{label}.org", by=referent)
    blog = factories.open_blog(where, f"{label}-blog")
    brought = Restoration.objects.create(
        space=blog, state="done", asked_by=referent, asked_at=clock.now(), ended_at=clock.now(), size=4,
        origin={"title": "Blog", "host": "Le Goulet"},
    )  # fmt: skip
    return {
        "domain": domain.public_id,
        "backup": backup.public_id, "drill": drill.public_id,
        "blog": blog.public_id, "restoration": brought.public_id, "upgrade": _run(blog).public_id,
        "space": space.public_id, "address": space.address.name, "version": versions[0].public_id, "upload": upload.public_id,
        "export": export.public_id, "procedure": procedure.public_id, "held_space": held.public_id, "own_hold": own_hold.public_id,
        "abuse_hold": abuse.public_id, "report": _report(space).public_id, "statement": _report(space, decided=True).public_id,
        "closing_space": _leaving(where, f"{label}-part", "closing").public_id,
        "deleted_space": _leaving(where, f"{label}-parti", "deleted").public_id,
        "hand_space": (by_hand := factories.space(where, "", service=shared["service_row"], connector="", state="opening", opened_at=None)).public_id,
        "hand_step": HandStep.objects.create(space=by_hand, moment="opening", position=1, words="Créer").public_id,
    }  # fmt: skip


def _run(blog: Space) -> Upgrade:
    """What runs for a blog differs, and its last upgrade returned."""
    SpaceDrift.objects.create(space=blog, differences={"quota": {"here": 3, "there": 4}}, since=clock.now())
    return Upgrade.objects.create(
        space=blog, from_version="1.0", to_version="1.1", state="returned", asked_at=clock.now(), ended_at=clock.now()
    )


def _report(space: Space, decided: bool = False) -> Report:
    verdict = {"decided_at": clock.now(), "decision": "nothing", "reasons": "Rien à redire."} if decided else {}
    return Report.objects.create(
        space=space, address=f"https://{space.address.name}/", category="other", explanation="…", reporter_name="Une voisine",
        reporter_email="voisine@people.example", good_faith=True, received_at=clock.now(), **verdict,
    )  # fmt: skip


def _leaving(where: Organisation, label: str, state: str) -> Space:
    space = factories.open_site(where, label)
    past = clock.now() - timedelta(days=90)
    export = Export.objects.create(space=space, asked_at=past, ready_at=past, size=4, sha256="0" * 64)
    Closing.objects.create(
        space=space, export=export, asked_at=past, delete_after=past.date() + timedelta(days=60),
        deleted_at=clock.now() if state == "deleted" else None, proof={"objects": 0} if state == "deleted" else {},
    )  # fmt: skip
    Space.objects.filter(pk=space.pk).update(state=state)
    return space


def fingerprint() -> str:
    """Return a digest of every row of every table, in order."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.db_table):
            if not model._meta.managed:
                continue
            table, key = model._meta.db_table, model._meta.pk.column
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY "{key}"')
            found.update(repr((table, cursor.fetchall())).encode())
    return found.hexdigest()


def grow(world: World, numbers: range) -> None:
    """Write more of everything: organisations of the same referent, and more rows of what belongs to the own one."""
    referent, own = world.people["referent"], world.own
    for number in numbers:
        _things(f"Organisation {number}", f"autre-{number}", referent, world.shared)
        _shared_again(number, world)
    where = own["organisation_row"]
    space = Space.objects.get(public_id=own["space"])
    for number in numbers:
        camille = factories.person(f"Camille {number}", f"camille{number}@people.example")
        factories.role(where, camille, "member")
        organisations.open_application(organisation=where, client=factories.client(f"Forge {number}"), by=None)
        organisations.ask_reset(organisation=where, person=camille, by=referent)
        EmailAddress.objects.create(user=referent, email=f"referent{number}@people.example", verified=True)
        _token(referent, [])
        _entered(referent, f"Application {number}")
        factories.batch(referent)
        problems = Batch.objects.get(public_id=world.shared["batch"]).problems
        problems.create(file="people.csv", line=9 + number, column="email", code="invalid_address")
        factories.account_name(referent, f"application {number}")
        factories.declared_service(where, f"Ailleurs {number}", confirmed_by=referent)
        _report(space, decided=True)
        _report(space)
        spaces.publish_zip(space=space, archive=factories.zip_of(), person=referent)
        Export.objects.create(space=space, asked_by=referent, asked_at=clock.now())
        machine = Machine.objects.get(public_id=world.shared["machine"])
        factories.last_copy(factories.space(where, f"encore-{number}", machine=machine))
        conversation = Conversation.objects.get(public_id=own["conversation"])
        conversations.write(
            conversation=conversation,
            side="them",
            body="Encore",
            author=referent,
            files=[SimpleUploadedFile("a.txt", b"a")],
        )
        conversations.note(conversation=conversation, author=world.people["support"], body="À voir")
        history.record(
            what="space.opened",
            about=("space", own["space"], "Site"),
            organisation_id=where.public_id,
            actor=referent,
            visible="organisation",
        )


def _shared_again(number: int, world: World) -> None:
    now, service = clock.now(), world.shared["service_row"]
    more = factories.maintained(
        factories.service(f"service-{number}", f"Service {number}", state="open", intake="waves"),
        world.people["support"],
        world.people["editor"],
    )
    factories.offer(more, tiers=[factories.yearly_tier(), factories.yearly_tier(amount=10**10)])
    factories.terms(more)
    factories.terms(service, since=clock.today() - timedelta(days=400 + number))
    factories.offer(service, since=clock.today() - timedelta(days=400 + number))
    Question.objects.create(
        service=service, position=number + 1, key=f"question-{number}", kind="line", labels={"fr": "Combien ?"}
    )
    for state in ("planned", "closed"):
        Wave.objects.create(
            service=more, names={"fr": f"Vague {number}"}, criteria={"fr": "Tous"}, opens_at=now + timedelta(days=9), closes_at=now + timedelta(days=12),
            capacity=3, order="date", state=state,
        )  # fmt: skip
    factories.organisation(f"Sans personne {number}")
    for where in (None, factories.site(f"Lieu {number}")):
        factories.machine(f"machine-{number}-{where}", site=where)
    PeerHost.objects.create(name=f"Hôte {number}", url="https://x.example/", address=f"x{number}@x.example")
    Job.objects.create(
        kind="task",
        name="archipel.mailing.tasks.poll",
        state="dead",
        due_at=now,
        created_at=now,
        finished_at=now,
        problem="error",
    )
    StrayMail.objects.create(digest=str(number) * 64, size=12, problem="unreadable", received_at=now)
    for state, more_values in (("refused", {"failed_at": now}), ("sent", {"sent_at": now})):
        Email.objects.create(
            message_id=f"<{state}{number}@lescale.example>", name="spaces/site_open", to_address=f"perdu{number}@people.example", subject="…", language="fr",
            state=state, created_at=now, try_until=now, **more_values,
        )  # fmt: skip
    Suppression.objects.create(email=f"perdu{number}@people.example", reason="bounced", since=now)
