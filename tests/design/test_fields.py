# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django import forms
from django.template import Context, Template
from django.utils.translation import override
from pytest_django.asserts import assertHTMLEqual

from archipel.design.choices import Answer
from archipel.design.fields import all_errors, render_choice, take_files


class TownForm(forms.Form):
    town = forms.CharField(
        label="Town", help_text="Where you meet.", widget=forms.TextInput({"autocomplete": "address-level2"})
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    level = forms.ChoiceField(
        label="Level",
        widget=forms.RadioSelect,
        choices=[("full", Answer("Full", "covers the cost", "60 €")), ("free", Answer("Free", price=0))],
    )
    terms = forms.BooleanField(label="I agree", help_text="Six minutes.")
    secret = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        if self.cleaned_data.get("town") == "Nowhere":
            raise forms.ValidationError("Not together.")
        return self.cleaned_data


def shown(source: str, **context) -> str:
    with override("en"):
        return Template(source).render(Context(context))


def test_field_wires_its_label_and_help():
    assertHTMLEqual(
        shown("{% field form.town width='s' %}", form=TownForm()),
        '<div class="field"><label for="id_town">Town</label><p class="help" id="id_town_helptext">Where you meet.</p>'
        '<input type="text" name="town" required id="id_town" class="w-s" autocomplete="address-level2" '
        'aria-describedby="id_town_helptext"></div>',
    )


def test_field_with_an_error_says_so_and_keeps_what_was_typed():
    form = TownForm({"town": "x" * 3})
    form.add_error("town", "No such <town>.")
    assertHTMLEqual(
        shown("{% field form.town %}", form=form),
        '<div class="field"><label for="id_town">Town</label><p class="help" id="id_town_helptext">Where you meet.</p>'
        '<p class="error" id="id_town_error">No such &lt;town&gt;.</p><input type="text" name="town" '
        'value="xxx" required id="id_town" autocomplete="address-level2" aria-invalid="true" '
        'aria-describedby="id_town_helptext id_town_error"></div>',
    )


def test_field_not_required_is_marked_optional():
    assertHTMLEqual(
        shown("{% field form.note rows=3 %}", form=TownForm()),
        '<div class="field"><label for="id_note">Note <span class="soft">(optional)</span></label>'
        '<textarea name="note" cols="40" rows="3" id="id_note"></textarea></div>',
    )


def test_field_may_end_with_words():
    assertHTMLEqual(
        shown("{% field form.note suffix='.example.org' label='Address' %}", form=TownForm(prefix="a")),
        '<div class="field"><label for="id_a-note">Address <span class="soft">(optional)</span></label>'
        '<div class="affix">'
        '<textarea name="a-note" cols="40" rows="4" id="id_a-note"></textarea><span>.example.org</span></div></div>',
    )


def test_radio_field_is_a_group_of_cards_described_once():
    html = shown("{% field form.level pair=True %}", form=TownForm({"level": "other"}))
    assertHTMLEqual(
        html,
        '<fieldset class="field" aria-describedby="id_level_error"><legend>Level</legend>'
        '<p class="error" id="id_level_error">Select a valid choice. other is not one of the available choices.</p>'
        '<div class="choices pair"><label class="choice">'
        '<input type="radio" name="level" value="full" required id="id_level_0">'
        '<span><strong>Full</strong><small>covers the cost</small></span><span class="price">60 €</span></label>'
        '<label class="choice"><input type="radio" name="level" value="free" required id="id_level_1">'
        '<span><strong>Free</strong></span><span class="price">0</span></label></div></fieldset>',
    )


def test_checkbox_is_inside_its_label():
    assertHTMLEqual(
        shown("{% field form.terms %}", form=TownForm()),
        '<div class="field"><label class="check" for="id_terms"><input type="checkbox" name="terms" required '
        'id="id_terms" '
        'aria-describedby="id_terms_helptext"><span>I agree</span></label>'
        '<p class="help after" id="id_terms_helptext">Six minutes.</p></div>',
    )


def test_hidden_field_is_bare():
    assertHTMLEqual(
        shown("{% field form.secret %}", form=TownForm(initial={"secret": "1"})),
        '<input type="hidden" name="secret" value="1" id="id_secret">',
    )


def test_field_of_several_inputs_is_a_named_group():
    class MeetingForm(forms.Form):
        first = forms.SplitDateTimeField(label="First meeting")

    html = shown("{% field form.first %}", form=MeetingForm())
    assert html.count('aria-label="First meeting"') == 2
    assert html.count("<legend>First meeting</legend>") == 1


@pytest.mark.parametrize(
    "field",
    [
        forms.IntegerField(),
        forms.DateField(),
        forms.EmailField(),
        forms.FileField(),
        forms.ChoiceField(choices=[("a", "A")]),
        forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple),
        forms.MultipleChoiceField(choices=[("a", "A")]),
        forms.URLField(assume_scheme="https"),
        forms.CharField(widget=forms.PasswordInput),
    ],
)
def test_every_kind_of_field_is_labelled(field):
    form = type("AnyForm", (forms.Form,), {"it": field})({}, {})
    html = shown("{% field form.it %}", form=form)
    assert ("<label" in html, html.count('id="id_it_error"')) == (True, 1)


def test_choice_gives_one_card():
    assertHTMLEqual(
        render_choice(TownForm(initial={"level": "free"})["level"], "free"),
        '<label class="choice"><input type="radio" name="level" value="free" required id="id_level_1" checked>'
        '<span><strong>Free</strong></span><span class="price">0</span></label>',
    )


def test_choice_that_does_not_exist_is_a_bug():
    with pytest.raises(LookupError):
        render_choice(TownForm()["level"], "none")


def test_all_errors_lead_to_their_field():
    form = TownForm({"town": "Nowhere", "level": "full", "terms": ""})
    with override("en"):
        assert all_errors([form, None, ""]) == [
            {"text": "Not together.", "place": "", "label": ""},
            {"text": "This field is required.", "place": "id_terms", "label": "I agree"},
        ]


def test_error_of_a_radio_leads_to_its_first_card():
    form = TownForm({"town": "Brest", "terms": "1"})
    assert [error["place"] for error in all_errors([form])] == ["id_level_0"]


def test_form_errors_sum_up_and_say_that_nothing_is_lost():
    assertHTMLEqual(
        shown("{% form_errors form %}", form=TownForm({"town": "Nowhere", "level": "full"})),
        '<div class="alert stop" role="alert"><h2>2 answers to complete or correct</h2>'
        "<p>Everything you typed is kept.</p>"
        '<ul><li>Not together.</li><li><a href="#id_terms">I agree: This field is required.</a></li></ul></div>',
    )


def test_form_errors_say_that_a_file_is_to_be_chosen_again():
    """Browsers never fill in a file again: the page must not say that all is kept."""

    class Sent(forms.Form):
        archive = forms.FileField()

    page = shown("{% form_errors form %}", form=Sent({}, {}))

    assert "<p>What you typed is kept; a file must be chosen again, browsers do not keep it.</p>" in page
    assert take_files([Sent(), TownForm({"town": "Nowhere"})]) is False


def test_form_errors_count_those_of_a_set_of_forms():
    towns = forms.formset_factory(TownForm, min_num=1, validate_min=True, extra=0)
    formset = towns(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-town": "Brest", "form-0-level": "full"}
    )
    with override("en"):
        assert [error["place"] for error in all_errors([formset])] == ["id_form-0-terms"]


@pytest.mark.parametrize("form", [TownForm(), TownForm({"town": "Brest", "level": "full", "terms": "1"}), None])
def test_form_without_error_has_no_summary_and_no_prefix(form):
    assert shown("{% form_errors form %}{% error_prefix form %}", form=form).strip() == ""


def test_error_prefix_begins_the_title():
    assert shown("{% error_prefix form %}Request", form=TownForm({})) == "Error: Request"


def test_fields_shows_every_field_in_order():
    html = shown("{% fields form %}", form=TownForm())
    places = [html.index(f'name="{name}"') for name in ("town", "note", "level", "terms", "secret")]
    assert places == sorted(places)


def test_answer_is_its_words():
    answer = Answer("20 GB", "up to 20 people", "120 €")
    assert (answer, answer.note, answer.price) == ("20 GB", "up to 20 people", "120 €")


def test_label_that_asks_loses_its_mark_in_the_summary():
    form = type("AskForm", (forms.Form,), {"level": forms.CharField(label="Quel niveau\u202f?")})({})
    assert [error["label"] for error in all_errors([form])] == ["Quel niveau"]
