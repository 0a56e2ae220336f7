# SPDX-License-Identifier: AGPL-3.0-or-later
"""Step 9: a report and a hold, the histories, the export, the closing, and the deletion by two persons with a proof."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile

from archipel.config.tour.speaking import Api
from archipel.portal.demonstration.sign_ins import PASSPHRASE
from tests.journeys.people import CAMILLE, INES, ORGANISATION, YANN, Journey
from tests.journeys.walker import DOMAIN, Walker

FACTS = "La page montre un objet qui n’est pas à elle."
RULE = "Conditions d’usage, « Ce que vous faites »."
CLAIM = "Cette lampe est la mienne."
REPORTER = "voisine@people.example"
DELAY_DAYS = 61


def report_a_page(journey: Journey) -> None:
    """Anybody reports a page, from the site itself; an acknowledgement with a reference comes by mail."""
    reporter, say = journey.walker("reporter"), journey.say
    reporter.page.goto(f"{journey.site.rstrip('/')}/report")
    reporter.look()
    reporter.type(say("The exact link of the page"), journey.site)
    reporter.tick(say("Something else that is against the law or the terms of use"))
    reporter.type(say("Why you think it is illegal or against the terms of use"), CLAIM)
    reporter.type(say("Your name"), "Une voisine")
    reporter.type(say("Your e-mail address"), REPORTER)
    reporter.press(say("Send this notice"))
    assert reporter.field(say("Why you think it is illegal or against the terms of use")).input_value() == CLAIM
    reporter.tick(say("I believe in good faith that what I write here is accurate and complete"))
    reporter.press(say("Send this notice"))
    reporter.reads(say("Your notice is received"))
    reference = re.search(r"[2-9a-z]{7,}$", reporter.path().rstrip("/"))
    assert reference, reporter.page.url
    reporter.read_mail(REPORTER, holding=reference[0])


def decide_with_a_hold(journey: Journey) -> None:
    """From Today, the desk takes the site offline with its reasons; the organisation reads them."""
    yann, visitor, say = journey.yann, journey.visitor, journey.say
    yann.go("/desk/")
    yann.page.locator("main").get_by_role("link", name=re.compile(ORGANISATION)).first.click()
    yann.page.wait_for_load_state()
    yann.reads(CLAIM, say("The regulation asks"))
    yann.tick(say("The site is no longer shown"))
    yann.type(say("Facts and circumstances"), FACTS)
    yann.choose(say("Ground"), say("Against the terms of use"))
    yann.type(say("The rule, and why the content goes against it"), RULE)
    yann.press(say("Decide and write to both sides"))
    visitor.read_mail(REPORTER, holding=FACTS)
    assert _status(journey) == 503
    visitor.go(journey.space_path)
    visitor.page.get_by_role("region", name=say("Decisions after notices")).get_by_role("link").click()
    visitor.page.wait_for_load_state()
    visitor.reads(say("Statement of reasons"), FACTS, RULE, say("If you disagree"))


def lift_the_hold(journey: Journey) -> None:
    yann, say = journey.yann, journey.say
    yann.go(f"/desk{journey.space_path}")
    yann.press(say("Lift"))
    assert _status(journey) == 200


def _status(journey: Journey) -> int:
    ines = journey.walker("ines")
    ines.page.goto(journey.site)
    return ines.status


def read_the_histories(journey: Journey) -> None:
    """The organisation reads what was done in its name, the host what it did."""
    visitor, yann, say = journey.visitor, journey.yann, journey.say
    visitor.go(journey.organisation_path)
    visitor.follow(say("Read the history"))
    visitor.reads(CAMILLE.name, INES.name, ORGANISATION)
    _told_in_words(visitor)
    with visitor.page.expect_download() as csv:
        visitor.page.get_by_role("link", name=say("Download as a table (CSV)")).click()
    assert CAMILLE.name in csv.value.path().read_text("utf-8-sig")
    yann.go("/desk/")
    yann.follow(say("History"))
    yann.reads(YANN.name)
    _told_in_words(yann)


def _told_in_words(walker: Walker) -> None:
    codes = re.findall(r"\b[a-z_]+\.[a-z_]+\b(?!\.)", walker.text().replace(DOMAIN, ""))
    found = [code for code in codes if not code.endswith(("example", "html", "localhost"))]
    assert not found, f"{walker.page.url}: told in codes {found}"


def take_everything_away(journey: Journey) -> None:
    """The export is made, downloaded and checked against its own list of checksums."""
    visitor, say = journey.visitor, journey.say
    visitor.go(journey.space_path)
    visitor.press(say("Make an export"))
    leave = visitor.page.get_by_role("region", name=say("Take it away"))
    made = leave.locator('a[href*="/exports/"]')
    visitor.until(made.count, "the export")
    with visitor.page.expect_download() as bundle:
        made.first.click()
    _check_export(bundle.value.path().read_bytes())


def _check_export(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.testzip() is None
        names = bundle.namelist()
        listed = [line.split(maxsplit=1) for line in bundle.read("CHECKSUMS.sha256").decode().splitlines()]
        wrong = [name for sha, name in listed if hashlib.sha256(bundle.read(name)).hexdigest() != sha]
        assert (wrong, sorted(name for _, name in listed)) == ([], sorted(set(names) - {"CHECKSUMS.sha256"}))
        assert json.loads(bundle.read("manifest.json"))["organisation"]["name"] == ORGANISATION
        assert "Bienvenue" in bundle.read("content/site/index.html").decode()


def close_and_delete(journey: Journey) -> None:
    """Closed by the referent, deleted after the delay once two persons said so, with a proof that can be kept."""
    visitor, yann, say = journey.visitor, journey.yann, journey.say
    visitor.go(journey.space_path)
    visitor.follow(say("Close this space for good…"))
    visitor.type(say("Why, if you want to tell us"), "Nous changeons de port.")
    visitor.tick(say("I understand that visitors no longer see the site from now on"))
    visitor.press(say("Close this space"))
    visitor.reads(say("Closing"))
    assert visitor.page.get_by_role("button", name=say("Confirm the deletion")).count() == 0
    _move_the_clock(journey)
    for walker, path in ((visitor, journey.space_path), (yann, f"/desk{journey.space_path}")):
        walker.go(path)
        confirm = walker.page.get_by_role("button", name=say("Confirm the deletion"))
        walker.until(confirm.count, "the export of the closing, before which nothing is confirmed")
        walker.press(say("Confirm the deletion"))
    yann.until(lambda: say("Download the proof") in yann.text(), "the proof of the deletion")
    yann.reads(say("The signature of the proof is right"), CAMILLE.name, YANN.name)
    visitor.go(journey.space_path)
    with visitor.page.expect_download() as proof:
        visitor.page.get_by_role("link", name=say("Download the proof")).click()
    told = json.loads(proof.value.path().read_text())
    assert told["signature"], told
    assert _status(journey) == 404


def _move_the_clock(journey: Journey) -> None:
    desk = Api(journey.address).as_person(YANN.email, PASSPHRASE, "requests:decide")
    desk.call("POST", "/api/demonstration/clock", {"days": DELAY_DAYS})
