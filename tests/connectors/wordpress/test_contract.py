# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every WordPress must do for its spaces: the one in memory and the real one in containers pass the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pytest

from archipel.config.recipes import sign_on_of
from archipel.connectors.wordpress.connector import WordPressConnector
from archipel.connectors.wordpress.fake import FakeWordPress
from archipel.kernel.outside import RefusedOutside
from archipel.spaces.ports import HoldNotice, PersonAccess, Told, Upstream
from tests.connectors.wordpress.sites import ALICE, BOB, RECIPE, VERSION, close_site, connector_on, open_site, spec

HOST, FILE = "trois-ponts.sites.example", "2026/11/affiche d’été.txt"
# Bytes by which InnoDB grows.
PAGE = 16384
NOTICE = HoldNotice("read_only", "fr", "Framasite", "aide@framasite.example")


@dataclass
class World:
    """A WordPress that is open, and how tests write into it as its people would."""

    connector: Any
    engine: Any
    real: bool
    space_id: str = "contract"

    def write(self, title: str, text: str) -> None:
        if not self.real:
            self.connector.site(self.space_id).posts.append([title, text])
            return
        self.php(
            f"wp_insert_post(['post_title' => {_php(title)}, 'post_content' => wp_slash({_php(text)}), 'post_status' => 'publish',"
            " 'post_author' => archipel_account('sub-alice')->ID]);"
        )

    def upload(self, name: str, content: bytes) -> None:
        if not self.real:
            self.connector.site(self.space_id).files[name] = content
            return
        self.php(
            f"$f = '/var/lib/archipel/uploads/' . {_php(name)}; wp_mkdir_p(dirname($f)); file_put_contents($f, {_php(content.decode())});"
        )

    def posts(self, space_id: str) -> dict[str, str]:
        if not self.real:
            return dict(self.connector.site(space_id).posts)
        said = self.php(
            "echo json_encode(array_map(fn($p) => [$p->post_title, $p->post_content], get_posts(['numberposts' => -1])));",
            space_id,
        )
        return {title: text for title, text in json.loads(said) if title.startswith("Contract")}

    def php(self, code: str, space_id: str = "") -> str:
        ran = self.engine.run(
            f"s-{space_id or self.space_id}", "app", ["php", "-r", f"require '/usr/lib/archipel/load.php'; {code}"]
        )
        assert ran.code == 0, (ran.output, ran.errors)
        return ran.output.decode()


def _php(text: str) -> str:
    return "base64_decode('" + __import__("base64").b64encode(text.encode()).decode() + "')"


@pytest.fixture(scope="module", params=["memory", pytest.param("containers", marks=pytest.mark.server)])
def world(request):
    """Give an opened space; the order of the tests is that of its life."""
    if request.param == "memory":
        connector = FakeWordPress()
        one = World(connector, connector.engine, real=False)
    else:
        engine = request.getfixturevalue("real_engine")
        one = World(connector_on(engine), engine, real=True)
    open_site(one.connector, spec("contract", HOST, quota=50_000_000))
    one.connector.set_people("contract", [ALICE, BOB])
    yield one
    for space_id in ("contract", "elsewhere"):
        close_site(one.connector, space_id)


def sees(world: World) -> Told:
    return world.connector.told("contract")


class TestRunning:
    def test_answers_and_says_what_runs(self, world):
        assert world.connector.health("contract").ok
        running = world.connector.running("contract")
        assert (running.version, running.as_put, running.missing, len(running.machines)) == (VERSION, True, {}, 1)

    def test_is_reached_by_name_and_by_address(self, world):
        by_names = WordPressConnector(world.engine, world.connector._deployment)
        assert by_names.upstreams("contract") == [Upstream("tasks.s-contract_app", 80)]
        by_address = WordPressConnector(world.engine, world.connector._deployment, by_names=False)
        (found,) = by_address.upstreams("contract")
        assert (found.port, found.host.count(".")) == (80, 3)

    def test_says_what_the_recipe_says(self, world):
        connector = world.connector
        assert (connector.versions(), connector.version()) == (RECIPE.version_names(), VERSION)
        assert connector.memory() == RECIPE.memory
        assert connector.secrets() == tuple(one.name for one in RECIPE.secrets)
        assert connector.sign_on() == sign_on_of(RECIPE)

    def test_an_unknown_space_runs_nowhere_and_is_not_healthy(self, world):
        assert world.connector.running("never") is None
        assert not world.connector.health("never").ok

    def test_opening_again_changes_nothing(self, world):
        before = world.connector.running("contract")
        world.connector.open(spec("contract", HOST, quota=50_000_000))
        assert world.connector.running("contract") == before
        assert sees(world) == Told({"sub-alice": "referent", "sub-bob": "member"}, 50_000_000, "")

    def test_a_space_without_sign_in_is_refused(self, world):
        from dataclasses import replace

        with pytest.raises(RefusedOutside) as refused:
            world.connector.open(replace(spec("bare", "bare.sites.example"), container=None))
        assert refused.value.code == "bad_input"


class TestPeople:
    def test_exactly_those_named_have_a_role_and_the_others_keep_what_they_wrote(self, world):
        world.connector.set_people("contract", [ALICE])
        assert sees(world).people == {"sub-alice": "referent"}
        assert world.connector.usage("contract").accounts == 1
        world.connector.set_people("contract", [ALICE, BOB])
        assert sees(world).people == {"sub-alice": "referent", "sub-bob": "member"}

    def test_a_role_follows(self, world):
        world.connector.set_people("contract", [ALICE, PersonAccess("sub-bob", "Bob", BOB.email, "referent")])
        assert sees(world).people["sub-bob"] == "referent"
        world.connector.set_people("contract", [ALICE, BOB])
        assert sees(world).people["sub-bob"] == "member"

    def test_twice_the_same_is_the_same(self, world):
        world.connector.set_people("contract", [ALICE, BOB])
        world.connector.set_people("contract", [ALICE, BOB])
        assert world.connector.usage("contract").accounts == 2

    def test_an_unknown_role_is_refused_and_nothing_changes(self, world):
        with pytest.raises(RefusedOutside) as refused:
            world.connector.set_people("contract", [PersonAccess("sub-x", "X", "x@x.example", "emperor")])
        assert (refused.value.code, refused.value.about) == ("bad_input", "emperor")
        assert set(sees(world).people) == {"sub-alice", "sub-bob"}

    def test_every_role_of_ours_is_one_of_wordpress(self, world):
        assert set(dict(world.connector.sign_on().roles).values()) <= {
            "administrator",
            "editor",
            "author",
            "contributor",
            "subscriber",
        }


class TestLimits:
    def test_the_quota_is_kept_and_lifted(self, world):
        world.connector.set_quota("contract", 60_000_000)
        assert sees(world).quota == 60_000_000
        world.connector.set_quota("contract", None)
        assert sees(world).quota is None
        world.connector.set_quota("contract", 50_000_000)

    def test_what_is_written_is_measured(self, world):
        before = world.connector.usage("contract")
        world.upload("2026/11/measured.txt", b"m" * 5000)
        after = world.connector.usage("contract")
        grown = after.bytes - before.bytes
        # A database may take pages meanwhile.
        assert (grown >= 5000, (grown - 5000) % PAGE, after.files - before.files) == (True, 0, 1)

    @pytest.mark.parametrize("effect", ["read_only", "suspended"])
    def test_a_hold_is_kept_replaced_and_lifted(self, world, effect):
        world.connector.hold("contract", HoldNotice(effect, "fr", "Framasite", "aide@framasite.example"))
        world.connector.hold("contract", HoldNotice(effect, "fr", "Framasite", "aide@framasite.example"))
        assert sees(world).effect == effect
        assert world.connector.health("contract").ok
        world.connector.release("contract")
        world.connector.release("contract")
        assert sees(world).effect == ""


class TestThemes:
    def test_are_listed_and_changed(self, world):
        names = [theme.name for theme in world.connector.themes("contract")]
        assert {"twentytwentyone", "twentytwentythree"} <= set(names)
        world.connector.activate_theme("contract", "twentytwentyone")
        assert [theme.name for theme in world.connector.themes("contract") if theme.active] == ["twentytwentyone"]
        world.connector.activate_theme("contract", "twentytwentythree")
        assert world.connector.health("contract").ok

    def test_one_that_is_not_there_is_refused(self, world):
        with pytest.raises(RefusedOutside) as refused:
            world.connector.activate_theme("contract", "../../etc")
        assert refused.value.code == "unknown"


class TestLeaving:
    """Export and restoration are one promise."""

    ELSEWHERE = "ailleurs.autre-hebergeur.example"

    @pytest.fixture(scope="class")
    def exported(self, world, tmp_path_factory):
        world.write("Contract links", f'<a href="https://{HOST}/contact">Contact</a> and https://{HOST}.example stays')
        world.upload(FILE, "Samedi à 14 h".encode())
        target = tmp_path_factory.mktemp("export")
        return target, world.connector.export("contract", target)

    def test_an_export_says_every_file_it_holds(self, exported):
        target, files = exported
        there = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
        assert sorted(one.path for one in files) == there
        assert {"site.json", "database.sql", "contents.wxr.xml", "users.json", f"files/{FILE}"} <= set(there)
        assert all((target / one.path).stat().st_size == one.size for one in files)
        assert (target / "files" / FILE).read_text() == "Samedi à 14 h"

    def test_an_export_holds_people_and_no_secret(self, exported):
        target, _ = exported
        people = {one["sub"]: one for one in json.loads((target / "users.json").read_text()) if one["sub"]}
        assert {sub: (one["name"], one["email"], one["role"]) for sub, one in people.items()} == {
            "sub-alice": ("Alice Martin", "alice@trois-ponts.example", "administrator"),
            "sub-bob": ("Bob Leroy", "bob@trois-ponts.example", "editor"),
        }
        assert b"a-secret-of-tests" not in (target / "database.sql").read_bytes()

    def test_it_comes_back_at_another_name_with_bytes_people_roles_and_addresses(self, world, exported, tmp_path):
        source, files = exported
        open_site(world.connector, spec("elsewhere", self.ELSEWHERE))
        world.connector.restore("elsewhere", source)
        assert world.connector.health("elsewhere").ok
        assert world.connector.told("elsewhere").people == {"sub-alice": "referent", "sub-bob": "member"}
        text = world.posts("elsewhere")["Contract links"]
        assert text == f'<a href="https://{self.ELSEWHERE}/contact">Contact</a> and https://{HOST}.example stays'
        again = {one.path: one for one in world.connector.export("elsewhere", tmp_path)}
        kept = {one.path: one for one in files if one.path.startswith("files/") or one.path == "users.json"}
        assert {path: again[path] for path in kept} == kept

    def test_restoring_twice_is_restoring_once_and_leaves_a_hold_as_it_is(self, world, exported):
        source, _ = exported
        world.connector.hold("elsewhere", HoldNotice("read_only", "fr", "Framasite", "aide@framasite.example"))
        world.connector.restore("elsewhere", source)
        assert world.connector.told("elsewhere").effect == "read_only"
        world.connector.release("elsewhere")
        assert set(world.posts("elsewhere")) == {"Contract links"}
        assert world.connector.health("elsewhere").ok

    def test_what_was_damaged_is_refused_before_anything_changes(self, world, exported, tmp_path):
        import shutil

        source, _ = exported
        copy = tmp_path / "copy"
        shutil.copytree(source, copy)
        (copy / "database.sql").write_bytes(b"SELECT 1;")
        with pytest.raises(RefusedOutside) as refused:
            world.connector.restore("elsewhere", copy)
        assert (refused.value.code, refused.value.about) == ("damaged", "database.sql")
        assert set(world.posts("elsewhere")) == {"Contract links"}

    @pytest.mark.parametrize(
        "path", ["files//etc/hostname", "files/./x", "files/../x", "/etc/hostname", "files/aside/x"]
    )
    def test_path_that_leads_elsewhere_is_refused(self, world, exported, tmp_path, path):
        import shutil

        source, _ = exported
        copy, outside = tmp_path / "copy", tmp_path / "outside"
        shutil.copytree(source, copy)
        outside.mkdir()
        (copy / "files" / "aside").symlink_to(outside)
        for place in (copy / path, outside / "x", copy / "files" / "x"):
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text("x")
        site = json.loads((copy / "site.json").read_text())
        content = (copy / path).read_bytes()
        site["files"][path] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        (copy / "site.json").write_text(json.dumps(site))
        with pytest.raises(RefusedOutside) as refused:
            world.connector.restore("elsewhere", copy)
        assert (refused.value.code, refused.value.about) == ("damaged", path)

    def test_what_is_larger_than_the_space_is_refused(self, world, exported):
        source, _ = exported
        world.connector.set_quota("elsewhere", 10)
        with pytest.raises(RefusedOutside) as refused:
            world.connector.restore("elsewhere", source)
        assert refused.value.code == "quota"
        world.connector.set_quota("elsewhere", None)

    def test_what_comes_from_a_later_version_is_refused(self, world, exported, tmp_path):
        import shutil

        source, _ = exported
        copy = tmp_path / "copy"
        shutil.copytree(source, copy)
        site = json.loads((copy / "site.json").read_text())
        (copy / "site.json").write_text(json.dumps(site | {"db_version": 99_999_999}))
        with pytest.raises(RefusedOutside) as refused:
            world.connector.restore("elsewhere", copy)
        assert refused.value.code == "bad_input"
        assert world.connector.health("elsewhere").ok


class TestClosing:
    def test_everything_goes_and_the_second_time_there_is_nothing(self, world):
        assert world.connector.health("elsewhere").ok
        close_site(world.connector, "elsewhere")
        assert world.connector.running("elsewhere") is None
        assert close_site(world.connector, "elsewhere") == 0
        with pytest.raises(RefusedOutside) as refused:
            world.connector.usage("elsewhere")
        assert refused.value.code == "unknown"
