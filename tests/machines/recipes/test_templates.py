# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.machines.recipes.findings import Unreadable
from archipel.machines.recipes.templates import Context, read_template

CONTEXT = Context({"X": "on", "Y": "", "N": "2"}, {"key": "s3cret"}, {"motd": "hello"}, "s-1_app")


def put(source: str) -> str:
    return read_template(source, "a.tmpl").written(CONTEXT)


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("plain } text", "plain } text"),
        ('a {{ env "X" }} b', "a on b"),
        ('{{env "X"}}{{env "Y"}}{{ env "UNKNOWN" }}', "on"),
        ('{{ secret "key" }}', "s3cret"),
        ('{{ config "motd" }}', "hello"),
        ("{{ .Service.Name }}", "s-1_app"),
        ('{{ "quoted \\"x\\" \\n" }}', 'quoted "x" \n'),
        ("{{ `raw \\n` }}", "raw \\n"),
        ("{{ 12 }}{{ true }}{{ false }}", "12truefalse"),
        ('{{ if eq (env "X") "on" }}yes{{ else }}no{{ end }}', "yes"),
        ('{{ if eq (env "Y") "on" }}yes{{ else }}no{{ end }}', "no"),
        ('{{ if (env "X") }}yes{{ end }}', "yes"),
        ('{{ if env "Y" }}yes{{ end }}', ""),
        ('{{ if eq (env "N") "1" }}a{{ else if eq (env "N") "2" }}b{{ else }}c{{ end }}', "b"),
        ('{{ if eq (env "N") "1" }}a{{ else if eq (env "N") "3" }}b{{ else }}c{{ end }}', "c"),
        ('{{ if ne (env "X") "on" }}a{{ end }}b', "b"),
        ('{{ if and (env "X") (env "Y") }}a{{ else }}b{{ end }}', "b"),
        ('{{ if or (env "Y") (env "X") }}a{{ else }}b{{ end }}', "a"),
        ('{{ if not (env "Y") }}a{{ end }}', "a"),
        ('{{ and (env "X") (env "N") }}{{ or (env "Y") "z" }}', "2z"),
        ('{{ eq (env "N") "1" "2" }}{{ eq 1 1 }}{{ eq 1 "1" }}{{ not true }}', "truetruefalsefalse"),
        ('{{ if env "X" }}{{ if env "Y" }}a{{ else }}b{{ end }}c{{ end }}', "bc"),
        ("a {{/* said to who reads */}} b", "a  b"),
        ("a {{- /* eaten */ -}} b", "ab"),
        ('a \n {{- env "X" -}} \n b', "aonb"),
        ('a {{- if env "X" }} b{{ end -}}  c', "a bc"),
        ('{{ env "X"}}{\n}', "on{\n}"),
    ],
)
def test_templates_are_written_as_go_does(source, made):
    assert put(source) == made


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('\n{{ env "X" | upper }}', 'a.tmpl:2 : “env "X" | upper” is not read: no pipelines, variables or other signs'),
        ("{{ $x := 1 }}", "a.tmpl:1 : “$x := 1” is not read: no pipelines, variables or other signs"),
        ("{{ range .Things }}x{{ end }}", "a.tmpl:1 : range is not read"),
        ('{{ with env "X" }}x{{ end }}', "a.tmpl:1 : with is not read"),
        ("{{ .Node.Hostname }}", "a.tmpl:1 : .Node.Hostname is not read"),
        ('{{ env "X" }}\n\n{{ template "x" }}', "a.tmpl:3 : template is not read"),
        ("{{ if true }}x", "a.tmpl:1 : this if has no end"),
        ("\n{{ if true }}x{{ else }}", "a.tmpl:2 : this if has no end"),
        ("x{{ end }}", "a.tmpl:1 : this end belongs to no if"),
        ("{{ else }}", "a.tmpl:1 : this else belongs to no if"),
        ("{{ if true }}{{ else }}{{ else }}{{ end }}", "a.tmpl:1 : this else belongs to no if"),
        ("{{ if true }}{{ else unless true }}{{ end }}", "a.tmpl:1 : after else only if is read"),
        ("{{ if }}x{{ end }}", "a.tmpl:1 : one function or one word is expected"),
        ("{{ }}", "a.tmpl:1 : one function or one word is expected"),
        ("{{ env }}", "a.tmpl:1 : env is given 0 words, which is not read"),
        ('{{ env "A" "B" }}', "a.tmpl:1 : env is given 2 words, which is not read"),
        ('{{ env (env "A") }}', "a.tmpl:1 : env is read with a name in quotes only"),
        ('{{ eq (env "A" }}', "a.tmpl:1 : ( is never closed by )"),
        ('{{ env "A") }}', 'a.tmpl:1 : “env "A")” is not read'),
        ('{{ "a\\q" }}', "a.tmpl:1 : \\q is not read inside quotes"),
        ("\nx {{ env", "a.tmpl:2 : {{ is never closed by }}"),
        ('{{ "a" "b" }}', "a.tmpl:1 : one function or one word is expected"),
    ],
)
def test_what_is_not_read_is_refused_with_its_line(source, problem):
    with pytest.raises(Unreadable) as refused:
        read_template(source, "a.tmpl")
    assert str(refused.value) == problem


def test_many_choices_in_one_another_are_refused():
    with pytest.raises(Unreadable, match="more than 20 if in one another"):
        read_template("{{ if true }}" * 30 + "{{ end }}" * 30, "a.tmpl")


def test_a_secret_its_service_is_not_given_is_refused():
    with pytest.raises(Unreadable, match="the template asks for the secret other, which its service is not given"):
        put('{{ secret "other" }}')


def test_what_a_template_may_ask_for_is_known_before():
    template = read_template(
        '{{ if eq (env "A") "1" }}{{ secret "s" }}{{ else if env "B" }}{{ config "c" }}{{ else }}{{ or (env "C") "" }}{{ end }}',
        "a.tmpl",
    )
    assert (template.secrets, template.variables, template.configs) == ({"s"}, {"A", "B", "C"}, {"c"})


@given(st.text(max_size=80))
def test_a_text_without_braces_is_written_as_it_is(text):
    plain = text.replace("{{", "")
    assert put(plain) == plain


@given(st.text(alphabet='{}"`() \\-/*|ifelsnd.env0', max_size=60))
def test_any_template_is_written_or_refused(source):
    try:
        assert isinstance(put(source), str)
    except Unreadable as problem:
        assert problem.words and problem.place.file == "a.tmpl"
