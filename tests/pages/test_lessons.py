"""Lessons as pages: their controls, variations, questions, and the ways on."""

import pytest

from moe_core.config.lesson import NAMES, load
from tests.pages.opened import ROOT, in_address, open_page
from ui.lesson_words import words_of

EVERY = pytest.mark.parametrize("name", NAMES)


def lesson(name: str, **query: str):
    return open_page(ROOT / "pages" / "learn" / f"{name}.py", **query)


def turned(app, name: str) -> list[str]:
    """The settings that have a control."""
    keys = [
        str(widget.key)
        for kind in ("slider", "select_slider", "selectbox", "number_input", "toggle")
        for widget in app.get(kind)
    ]
    return [key.removeprefix(f"{name}.widget.") for key in keys]


@EVERY
def test_a_lesson_has_its_own_controls_and_a_room_those_that_the_link_names(name):
    controls = load(name).controls
    assert set(turned(lesson(name), name)) == set(controls)
    assert turned(lesson(name, present="1"), name) == []
    app = lesson(name, present="1", show=controls[0])
    assert turned(app, name) == [controls[0]]
    assert in_address(app, "show") == controls[0]


@EVERY
def test_every_variation_can_be_made_and_the_lessons_own_run_comes_back(name):
    app = lesson(name)
    for tried in load(name).tries:
        app.button(key=f"{name}.try.{tried}").click().run()
        assert not app.exception
        assert not app.warning
    app.button(key=f"{name}.back").click().run()
    assert not app.exception
    assert not app.query_params


@EVERY
def test_every_answer_has_its_reply_and_only_the_right_one_is_called_right(name):
    for number, asked in enumerate(words_of(name).checks):
        for choice, answer in enumerate(asked.answers):
            app = lesson(name)
            app.radio(key=f"{name}.check.{number}").set_value(choice).run()
            (said,) = app.success if answer.right else app.info
            assert said.value == f"{'Yes.' if answer.right else 'No.'} {answer.reply}"


@pytest.mark.parametrize(
    ("name", "answering"),
    [
        ("gating", ["seeds it is"]),
        ("specialization", ["Own minus others |", "own minus others is"]),
        ("collapse", ["By this rule", "Moons, α = 0 |"]),
        ("balancing", ["effective with α = 0.01", "| 0.01 |", "hardly more than one expert works"]),
    ],
)
def test_what_answers_the_question_is_folded_until_somebody_opens_it(name, answering):
    app = lesson(name)
    folded = [text.value for fold in app.expander for text in fold.markdown]
    everything = [text.value for text in app.markdown]
    assert not any(fold.proto.expanded for fold in app.expander)
    for said in answering:
        where = [text for text in everything if said in text]
        assert where
        assert set(where) <= set(folded)


@pytest.mark.parametrize("name", ["specialization", "collapse"])
def test_a_run_of_other_data_is_not_told_as_the_lessons_own(name):
    def opening(**query) -> str:
        return lesson(name, **query).markdown[0].value

    assert "*Handwritten digits*" in opening(preset="collapse")
    assert "discs" not in opening(preset="collapse")
    assert "α = 0.1" not in opening(preset="collapse")
    assert "*Handwritten digits*" not in opening()


@pytest.mark.parametrize("query", [{}, {"router": "dense", "balancer": "none"}, {"router": "noisy_top_k"}])
def test_gating_says_whose_formulas_and_lines_it_shows_and_what_has_trained_whatever_router_runs(query):
    app = lesson("gating", **query)
    opening, captions = app.markdown[0].value, [caption.value for caption in app.caption]
    assert "These are the formulas of its router" in opening
    assert "*The lesson's own run* has trained for 1,000 steps" in opening
    assert "What you see first" not in opening
    (said,) = [caption for caption in captions if "top_k.py" in caption]
    assert said.startswith("This is the lesson's own router: ")


def test_a_control_that_does_not_exist_is_named():
    (warning,) = lesson("collapse", show="alpha").warning
    assert warning.value.replace("\\", "") == "show = alpha was refused: no setting has this name."


def test_a_copy_that_the_lesson_has_not_is_named_among_what_is_changed():
    app = open_page(ROOT / "pages" / "learn" / "specialization.py", twin="balance_coefficient:0.3", renormalize="true")
    (said,) = [caption.value for caption in app.caption if caption.value.startswith("Changed: ")]
    assert said == "Changed: Renormalise gates on, beside it Balance coefficient 0.3."
    app = open_page(ROOT / "pages" / "learn" / "collapse.py", twin="", learning_rate="1000000")
    (said,) = [caption.value for caption in app.caption if caption.value.startswith("Changed: ")]
    assert said == "Changed: Learning rate 1e+06, nothing beside it."
