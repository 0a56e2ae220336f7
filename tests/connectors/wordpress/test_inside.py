# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people meet on a real WordPress: writing, room, pauses, an upgrade that breaks and comes back, addresses in its values."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from archipel.spaces.ports import HoldNotice, PersonAccess
from tests.connectors.wordpress.issuer import Person
from tests.connectors.wordpress.sites import (
    ALICE,
    APP_IMAGE,
    BOB,
    IMAGES,
    VERSION,
    close_site,
    connector_on,
    open_site,
    spec,
)
from tests.connectors.wordpress.visiting import Visitor, words
from tests.engine.images import build_image

pytestmark = pytest.mark.server

ADDRESS = "vie.sites.example"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f0005050101c5b5b6a90000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def site(real_engine, issuer):
    connector = connector_on(real_engine)
    open_site(connector, spec("inside", ADDRESS, quota=50_000_000))
    connector.set_people("inside", [ALICE, BOB])
    yield connector
    close_site(connector, "inside")


@pytest.fixture(scope="module")
def alice(site, machine, issuer):
    """Alice, signed in once for all tests of this file."""
    issuer.honest()
    issuer.person = Person("sub-alice")
    one = Visitor(machine.namespace, site.upstreams("inside")[0].host, ADDRESS, issuer)
    one.sign_in()
    assert one.is_in()
    return one


@pytest.fixture
def bob(site, machine, issuer):
    issuer.honest()
    issuer.person = Person("sub-bob", "Bob Leroy", "bob@trois-ponts.example", ["editor"])
    one = Visitor(machine.namespace, site.upstreams("inside")[0].host, ADDRESS, issuer)
    one.sign_in()
    return one


@pytest.fixture
def stranger(site, machine, issuer):
    return Visitor(machine.namespace, site.upstreams("inside")[0].host, ADDRESS, issuer)


def php(real_engine, code: str) -> str:
    ran = real_engine.run("s-inside", "app", ["php", "-r", f"require '/usr/lib/archipel/load.php'; {code}"])
    assert ran.code == 0, (ran.output, ran.errors)
    return ran.output.decode()


def told_of(site) -> dict[str, dict]:
    return {one["sub"]: one for one in site._inside("inside").ask("users")}


def upload(visitor: Visitor, content: bytes, name: str = "point.png", kind: str = "image/png"):
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": kind}
    nonce = visitor.ask("/wp-admin/admin-ajax.php?action=rest-nonce").text
    return visitor.ask(
        "/index.php?rest_route=/wp/v2/media", "POST", headers={**headers, "X-WP-Nonce": nonce}, data=content
    )


class TestWriting:
    def test_a_member_writes_and_strangers_read(self, bob, stranger):
        made = bob.rest(
            "/wp/v2/posts", "POST", json={"title": "La fête du 12", "content": "On danse.", "status": "publish"}
        )
        assert made.status_code == 201
        assert "La fête du 12" in words(stranger.ask("/"))

    def test_everything_is_in_french(self, alice, stranger):
        assert '<html lang="fr-FR"' in stranger.ask("/").text
        assert "Tableau de bord" in words(alice.ask("/wp-admin/index.php"))

    def test_who_is_no_longer_named_is_out_at_once_and_the_text_stays(self, site, bob, stranger):
        assert bob.is_in()
        site.set_people("inside", [ALICE])
        assert not bob.is_in()
        assert "La fête du 12" in words(stranger.ask("/"))
        site.set_people("inside", [ALICE, BOB])

    def test_an_address_of_who_left_goes_to_who_has_it_now(self, site, real_engine):
        site.set_people("inside", [ALICE])
        site.set_people("inside", [ALICE, replace(BOB, person_id="sub-bob-anew")])
        found = {
            one["sub"]: one["email"]
            for one in json.loads(
                php(real_engine, "require '/usr/lib/archipel/people.php'; echo json_encode(archipel_do_users());")
            )
        }
        assert (found["sub-bob"], found["sub-bob-anew"]) == ("", BOB.email)
        site.set_people("inside", [ALICE, BOB])

    def test_who_looks_after_the_site_cannot_write_any_option(self, alice):
        """Where people sign in stands among them; what the pages of the settings send is still taken."""
        row = {"page_options": "_transient_archipel_discovery", "_transient_archipel_discovery[issuer]": "x"}
        row |= {"action": "update", "_wpnonce": "x"}
        closed = [alice.ask("/wp-admin/options.php")]
        closed += [
            alice.ask("/wp-admin/options.php", "POST", data=row | page) for page in ({}, {"option_page": "options"})
        ]
        assert [(one.status_code, "Cette page est fermée" in words(one)) for one in closed] == [(403, True)] * 3
        page = alice.ask("/wp-admin/options-media.php").text
        sent = dict(re.findall(r"<input[^>]* name=['\"](\w+)['\"][^>]* value=['\"]([^'\"]*)['\"]", page))
        sent |= {"thumbnail_size_w": "149", "thumbnail_size_h": "150"}
        saved = alice.ask("/wp-admin/options.php", "POST", data=sent)
        assert (saved.status_code, 'value="149"' in alice.ask("/wp-admin/options-media.php").text) == (302, True)

    def test_right_beside_a_role_goes_when_people_are_told(self, site, real_engine):
        """A database that was brought back may hold one, and an account without any role."""
        given = "$user = get_user_by('email', '%s'); $user->add_cap('manage_options'); echo (int) $user->has_cap('manage_options');"
        assert php(real_engine, given % BOB.email) == "1"
        php(
            real_engine,
            "wp_insert_user(array('user_login' => 'caps', 'user_pass' => 'x', 'role' => '')); (new WP_User(0, 'caps'))->add_cap('edit_posts');",
        )
        site.set_people("inside", [ALICE, BOB])
        left = "echo json_encode(array_map(fn($one) => $one->caps, array(get_user_by('email', '%s'), get_user_by('login', 'caps'))));"
        assert json.loads(php(real_engine, left % BOB.email)) == [{"editor": True}, []]

    def test_nobody_renames_themselves_or_changes_the_account_of_another(self, site, alice, bob):
        before = told_of(site)
        theirs = {"email": "x@evil.example", "name": "Alice Martin", "password": "p" * 20}
        number = bob.rest("/wp/v2/users/me").json()["id"]
        assert bob.rest("/wp/v2/users/me", "POST", json=theirs).status_code == 200
        assert alice.rest(f"/wp/v2/users/{number}", "POST", json=theirs).status_code == 403
        page = bob.ask("/wp-admin/profile.php").text
        form = {"email": "x@evil.example", "nickname": "Alice", "display_name": "Alice", "user_id": str(number)}
        form |= {
            "_wpnonce": re.search(r'name="_wpnonce" value="([0-9a-f]+)"', page)[1],
            "action": "update",
            "from": "profile",
        }
        answer = bob.ask("/wp-admin/profile.php", "POST", data=form)
        assert "c’est là qu’ils se modifient" in words(answer)
        assert told_of(site) == before
        form |= {"email": BOB.email, "nickname": "B.", "display_name": BOB.name}
        assert bob.ask("/wp-admin/profile.php", "POST", data=form).status_code == 302

    def test_names_and_addresses_that_do_not_fit_are_cut_or_left_out_and_nobody_is(self, site):
        long = PersonAccess("sub-long", "&" * 120, f"{'x' * 60}@{'y' * 50}.example", "member")
        site.set_people("inside", [ALICE, BOB, long])
        found = told_of(site)["sub-long"]
        site.set_people("inside", [ALICE, BOB])
        assert (found["name"], found["email"], found["role"]) == ("&" * 50, "", "editor")

    def test_the_website_writes_to_who_looks_after_it_and_to_nobody_who_left(self, site, real_engine):
        carol = PersonAccess("sub-carol", "Carol", "carol@trois-ponts.example", "referent")
        site.set_people("inside", [ALICE, BOB, carol])
        php(real_engine, f"update_option('admin_email', '{carol.email}');")
        said = []
        for more in ([carol], [replace(carol, email="c@trois-ponts.example")], []):
            site.set_people("inside", [ALICE, BOB, *more])
            said.append(php(real_engine, "echo get_option('admin_email');"))
        assert said == [carol.email, "c@trois-ponts.example", ALICE.email]

    def test_no_mail_goes_to_an_address_of_nobody(self, real_engine):
        code = (
            "putenv('SMTP_HOST=127.0.0.1'); putenv('SMTP_PORT=9');"
            "add_action('phpmailer_init', function ($m) { echo json_encode(array_column($m->getToAddresses(), 0)); }, 99);"
            "wp_mail(['a@b.example', 'x@no-address.invalid'], 's', 't'); wp_mail('x@no-address.invalid', 's', 't');"
        )
        assert php(real_engine, code) == '["a@b.example"]'

    def test_a_front_page_that_is_a_draft_is_no_illness(self, site, real_engine, stranger):
        draft = "$p = wp_insert_post(['post_type' => 'page', 'post_title' => 'Accueil', 'post_status' => 'draft']);"
        php(real_engine, f"{draft} update_option('show_on_front', 'page'); update_option('page_on_front', $p);")
        try:
            assert (stranger.ask("/").status_code, site.health("inside").ok) == (404, True)
        finally:
            php(real_engine, "update_option('show_on_front', 'posts');")

    @pytest.mark.parametrize("name", ["x.php", "x.PHP", "x.php.txt", "x.phtml", "x.phar", "x.php/y"])
    def test_what_was_sent_is_never_run(self, stranger, real_engine, name):
        file = name.partition("/")[0]
        put = f"echo '<?php echo 6*7;' > /var/lib/archipel/uploads/{file}"
        assert real_engine.run("s-inside", "app", ["sh", "-c", put]).code == 0
        answer = stranger.ask(f"/wp-content/uploads/{name}")
        real_engine.run("s-inside", "app", ["rm", f"/var/lib/archipel/uploads/{file}"])
        assert (answer.status_code, "42" in answer.text) == (403, False)

    def test_a_theme_that_a_database_names_elsewhere_is_never_run(self, stranger, alice, real_engine):
        """What a bundle holds was written by whoever made it: a theme among its files, and the option that names it."""
        put = (
            "mkdir -p /var/lib/archipel/uploads/t && cd /var/lib/archipel/uploads/t"
            " && echo '/* Theme Name: T */' > style.css"
            " && echo '<?php echo 6*7, chr(33), chr(33);' | tee functions.php > index.php"
        )
        assert real_engine.run("s-inside", "app", ["sh", "-c", put]).code == 0
        kept = php(real_engine, "echo json_encode( array( get_option( 'template' ), get_option( 'stylesheet' ) ) );")
        name = "update_option( 'template', '../uploads/t' ); update_option( 'stylesheet', '../uploads/t' );"
        try:
            php(real_engine, name)
            assert "42!!" not in stranger.ask("/").text
            assert "42!!" not in php(real_engine, "echo wp_get_theme()->exists() ? 'there' : 'none';")
        finally:
            former, style = json.loads(kept)
            php(real_engine, f"update_option( 'template', '{former}' ); update_option( 'stylesheet', '{style}' );")
        assert "42!!" not in alice.ask("/?customize_theme=../uploads/t&wp_customize=on").text
        assert "42!!" not in alice.ask("/wp-admin/customize.php?theme=../uploads/t").text

    def test_files_stay_where_their_room_is_measured(self, real_engine):
        code = "update_option( 'upload_path', '/tmp' ); echo wp_upload_dir( null, false )['basedir']; delete_option( 'upload_path' );"
        assert php(real_engine, code) == "/usr/share/wordpress/wp-content/uploads"

    def test_people_are_not_counted_out_by_their_number(self, stranger):
        # The numbers of Alice and Bob, who wrote; asked by strangers in the two ways WordPress takes them.
        for number in range(1, 5):
            asked = [stranger.ask(f"/?author={number}"), stranger.ask("/", "POST", data={"author": str(number)})]
            assert [one.status_code for one in asked] == [404, 404]
            fed = [stranger.ask(f"{path}author={number}").text for path in ("/feed/?", "/?feed=atom&", "/?embed=true&")]
            assert [name for name in ("Bob", "Alice", "bob-leroy") if name in "".join(fed)] == []

    def test_a_page_among_the_files_does_not_act_as_one_of_the_website(self, stranger, real_engine):
        real_engine.run("s-inside", "app", ["sh", "-c", "echo '<script>1</script>' > /var/lib/archipel/uploads/x.html"])
        answer = stranger.ask("/wp-content/uploads/x.html")
        real_engine.run("s-inside", "app", ["rm", "/var/lib/archipel/uploads/x.html"])
        assert (answer.status_code, answer.headers["Content-Security-Policy"].startswith("sandbox;")) == (200, True)

    def test_a_page_of_a_visitor_is_told_to_no_other_place(self, stranger):
        text = stranger.ask("/").text
        named = set(re.findall(r"""(?:src|href|url)[=(]["']?(?:https?:)?//([a-z0-9.-]+)""", text))
        assert named - {ADDRESS, "fr.wordpress.org", "wordpress.org"} == set()
        assert [word for word in ("gravatar.com", "s.w.org", "googleapis") if word in text] == []

    def test_nothing_of_the_code_can_be_written(self, real_engine):
        ran = real_engine.run(
            "s-inside", "app", ["sh", "-c", "id -u; touch /usr/share/wordpress/x 2>&1 || touch /usr/lib/archipel/x"]
        )
        assert (ran.output.split()[0], ran.code) == (b"33", 1)


class TestRoom:
    def test_a_file_that_fits_comes_in(self, site, alice):
        before = site.usage("inside")
        made = upload(alice, PICTURE)
        assert made.status_code == 201, made.text
        after = site.usage("inside")
        assert after.files - before.files == 1

    def test_a_file_that_does_not_fit_is_refused_in_words(self, site, alice):
        site.set_quota("inside", 1_000_000)
        files = site.usage("inside").files
        # What libmagic takes for text: it sees other things in shorter rhythms.
        text = b"hello world\n" * 170_000
        answer = upload(alice, text, "long.txt", "text/plain")
        assert answer.status_code >= 400
        assert "Il n’y a plus assez de place pour ce fichier" in answer.json()["message"]
        assert site.usage("inside").files == files
        site.set_quota("inside", 50_000_000)
        answer = upload(alice, text, "long.txt", "text/plain")
        assert answer.status_code == 201, answer.text


class TestPauses:
    def notice(self, effect: str, cause: str = "host") -> HoldNotice:
        return HoldNotice(effect, "fr", "Framasite", "aide@framasite.example", cause)

    def test_read_only_lets_everybody_read_and_nobody_write(self, site, alice, bob, stranger):
        site.hold("inside", self.notice("read_only"))
        try:
            assert stranger.ask("/").status_code == 200
            assert alice.rest("/wp/v2/posts", "POST", json={"title": "x", "status": "publish"}).status_code == 403
            assert upload(alice, PICTURE).status_code == 403
            assert "aide@framasite.example" in words(alice.ask("/wp-admin/profile.php"))
            assert alice.ask("/wp-admin/profile.php", "POST", data={"x": "y"}).status_code == 403
            assert alice.ask("/wp-admin/options-general.php").status_code == 403
            comment = {"comment_post_ID": "1", "comment": "hello", "author": "x", "email": "x@x.example"}
            assert stranger.ask("/wp-comments-post.php", "POST", data=comment).status_code == 403
            assert site.health("inside").ok
        finally:
            site.release("inside")
        assert alice.rest("/wp/v2/posts", "POST", json={"title": "Après", "status": "draft"}).status_code == 201

    @pytest.mark.parametrize("cause", ["host", "own_wish"])
    def test_suspended_says_whom_to_write_to_and_shows_nothing(self, site, alice, stranger, issuer, cause):
        site.hold("inside", self.notice("suspended", cause))
        try:
            answer = stranger.ask("/")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "600")
            assert "Ce site est en pause" in words(answer)
            assert "Framasite : aide@framasite.example" in words(answer)
            assert alice.ask("/wp-admin/profile.php").status_code == 503
            assert (
                stranger.ask(
                    "/archipel/signed-out", "POST", data={"logout_token": issuer.logout_token(sub="sub-x")}
                ).status_code
                == 204
            )
            assert site.health("inside").ok
        finally:
            site.release("inside")
        assert stranger.ask("/").status_code == 200


class TestComingBack:
    def test_roles_may_what_they_usually_may_whatever_comes_back(self, site, real_engine, tmp_path):
        spoilt = "$all = get_option('wp_user_roles'); $all['subscriber']['capabilities']['manage_options'] = true; update_option('wp_user_roles', $all);"
        asked = "echo (int) get_role('subscriber')->has_cap('manage_options'), (int) get_role('editor')->has_cap('edit_others_posts');"
        php(real_engine, spoilt)
        site.export("inside", tmp_path)
        assert php(real_engine, asked) == "11"
        site.restore("inside", tmp_path)
        assert php(real_engine, asked) == "01"
        site.set_people("inside", [ALICE, BOB])

    def test_database_that_brings_a_trigger_is_refused(self, site, real_engine):
        """It would act by itself afterwards, and give back what was taken away."""
        words = "CREATE TRIGGER wp_one BEFORE INSERT ON wp_posts FOR EACH ROW SET NEW.post_title = 'x'"
        said = php(real_engine, f'global $wpdb; $wpdb->query("{words}"); echo $wpdb->last_error;')
        assert "command denied" in said or "you need" in said, said
        assert site.health("inside").ok


class TestAddressesInValues:
    CASES = (
        ("see https://old.example/a", "see https://new.example/a"),
        ("http://OLD.example", "http://new.example"),
        ("//old.example/x", "//new.example/x"),
        ("https:\\/\\/old.example\\/x", "https:\\/\\/new.example\\/x"),
        ("u=https%3A%2F%2Fold.example%2F", "u=https%3A%2F%2Fnew.example%2F"),
        ("end of a sentence https://old.example.", "end of a sentence https://new.example."),
        ("https://old.example.org/", "https://old.example.org/"),
        ("https://very-old.example/", "https://very-old.example/"),
        ("https://old.example:8443/", "https://old.example:8443/"),
        ("write to info@old.example", "write to info@old.example"),
    )

    def test_only_addresses_of_the_former_name_change(self, real_engine):
        texts = json.dumps([text for text, _ in self.CASES])
        said = php(
            real_engine,
            f"require '/usr/lib/archipel/restoring.php'; foreach (json_decode({_quoted(texts)}) as $t) $r[] = archipel_moved_value($t, 'old.example', 'new.example'); echo json_encode($r);",
        )
        assert json.loads(said) == [wanted for _, wanted in self.CASES]

    def test_values_of_php_stay_whole_whatever_their_depth(self, real_engine):
        code = (
            "require '/usr/lib/archipel/restoring.php';"
            "$o = new stdClass; $o->{'https://old.example/k'} = 'été https://old.example/é'; $o->n = [1, 2.5, true, null, 'https://old.example'];"
            "$v = ['a' => 'https://old.example/', 'inner' => serialize(['x' => 'https://old.example/y', 'o' => $o]), 'o' => $o, 7 => 'none'];"
            "$r = unserialize(archipel_moved_value(serialize($v), 'old.example', 'much-longer.example'));"
            "$i = unserialize($r['inner']);"
            "echo json_encode([$r['a'], $i['x'], $i['o']->n, $r['o']->n[4], current((array) $r['o']), $r[7]], JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);"
        )
        new = "https://much-longer.example"
        assert json.loads(php(real_engine, code)) == [
            f"{new}/", f"{new}/y", [1, 2.5, True, None, new], new, f"été {new}/é", "none",
        ]  # fmt: skip

    def test_a_value_that_only_looks_like_one_is_left_alone(self, real_engine):
        broken = 's:99:"https://old.example";'
        said = php(
            real_engine,
            f"require '/usr/lib/archipel/restoring.php'; echo archipel_moved_value({_quoted(broken)}, 'old.example', 'new.example');",
        )
        assert said == broken


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class TestUpgrading:
    """Last: containers are replaced, and those signed in before sign in again where they moved to."""

    def wait(self, site, true) -> None:
        until = time.monotonic() + 120
        while not true():
            assert time.monotonic() < until, site.running("inside")
            time.sleep(0.5)

    def test_a_database_of_before_is_brought_to_the_version_of_the_image(self, site, real_engine):
        php(real_engine, "update_option('db_version', 51917);")
        site.upgrade(replace(spec("inside", ADDRESS, quota=50_000_000), title="Mise à niveau"))
        self.wait(site, lambda: site.health("inside").ok)
        assert php(real_engine, "echo get_option('db_version') - $GLOBALS['wp_db_version'];") == "0"
        # Neither the title nor anything else that people chose is written over.
        assert php(real_engine, "echo get_option('blogname');") == "Les Trois-Ponts"

    def test_a_version_that_answers_200_with_an_empty_page_is_seen_and_the_former_one_comes_back(self, site, machine):
        folder = Path(__file__).parent / "broken"
        machine.load(build_image(folder, "archipel/wordpress:broken", base=(build_image(IMAGES, APP_IMAGE),)))
        site.upgrade(spec("inside", ADDRESS, version="broken", quota=50_000_000))
        assert site.running("inside").version == "broken"
        time.sleep(20)
        assert not site.health("inside").ok
        site.upgrade(spec("inside", ADDRESS, version=VERSION, quota=50_000_000))
        self.wait(site, lambda: site.health("inside").ok)
        assert site.running("inside").version == VERSION
        at = site.upstreams("inside")[0].host
        stranger = Visitor(machine.namespace, at, ADDRESS, None)
        assert "La fête du 12" in words(stranger.ask("/"))
