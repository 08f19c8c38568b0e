"""Every page runs under AppTest without an exception, and shows what its address asks for."""

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from moe_core.config import TABLE, presets
from tests.pages.opened import FOLDED, PAGES, PLAYGROUND, ROOT, drawn, in_address, new_page, open_page, playground
from ui.concepts import concepts
from ui.literal import literal


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_runs(page):
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert not app.warning


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem not in ("teach", "glossary")], ids=lambda page: page.stem
)
def test_what_follows_the_view_waits_until_it_stands(page):
    app = new_page(page).run()
    assert not app.exception
    assert len(app.get("bidi_component")) == 1
    assert not app.header
    app.session_state[f"{page.stem}.run"] = ""
    app.run()
    assert app.header


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_level_of_headings_is_left_out(page):
    assert not open_page(page).subheader


def test_no_page_imports_torch():
    script = """
import sys
from tests.pages.opened import PAGES, open_page
for page in PAGES:
    app = open_page(page)
    assert not app.exception, app.exception
import app
assert "moe_core.config" in sys.modules
print("torch" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_controls_show_the_settings_of_the_address():
    app = playground(preset="two-experts-each", num_experts="6", learning_rate="0.005")
    assert app.slider(key="playground.widget.num_experts").value == 6
    assert app.slider(key="playground.widget.k").value == 2
    assert app.select_slider(key="playground.widget.learning_rate").value == 0.005


def test_a_bad_address_is_named_and_the_good_part_kept():
    app = playground(num_experts="0", seed="4")
    assert [warning.value for warning in app.warning] == [
        literal("num_experts = 0 was refused: it is a whole number from 1 to 64.")
    ]
    assert app.number_input(key="playground.widget.seed").value == 4
    assert not app.exception


def test_all_that_a_link_has_wrong_is_one_message():
    (warning,) = playground(num_experts="0", colour="red", hide="top_k").warning
    sentences = [sentence.strip() for sentence in warning.value.replace("\\", "").split(".") if sentence]
    hidden, refused, unknown = sentences
    assert hidden == "hide = top_k was refused: no setting has this name"
    assert refused == "num_experts = 0 was refused: it is a whole number from 1 to 64"
    assert unknown == "colour = red was refused: no such setting"


def test_a_link_hides_the_controls_that_it_names_and_stays_so():
    app = playground(hide="learning_rate,k,num_experts", seed="4")
    assert not app.warning
    assert not {"learning_rate", "k", "num_experts"} & set(drawn(app))
    assert {"balance_coefficient", "task", "seed"} <= set(drawn(app))
    app.selectbox(key="playground.widget.task").set_value("moons").run()
    assert not app.exception
    assert in_address(app, "hide") == "num_experts,k,learning_rate"
    assert "learning_rate" not in drawn(app)
    app.query_params["hide"] = ""
    app.run()
    assert "learning_rate" in drawn(app)
    assert "hide" not in app.query_params


def test_with_all_controls_of_a_kind_hidden_nothing_is_left_of_it():
    app = playground(hide=",".join(name for name, row in TABLE.items() if row.live))
    assert not app.exception
    assert [expander.label for expander in app.expander] == ["More that restarts the run", "Own data: load a CSV file"]


def test_a_control_changes_the_experiment():
    app = playground()
    app.slider(key="playground.widget.num_experts").set_value(4).run()
    assert app.session_state["playground.experiment"].config.model.num_experts == 4
    assert not app.exception


@pytest.mark.parametrize("name", presets.NAMES)
def test_every_preset_has_its_controls(name):
    app = playground(preset=name)
    assert not app.exception
    assert set(presets.load(name).config.settings()) - {"points"} <= set(drawn(app))


CHOOSERS = ("task", "router", "expert", "optimizer")
OFFERED = [(name, choice) for name in CHOOSERS for choice in TABLE[name].choices if choice != "csv"]


@pytest.mark.parametrize(("name", "choice"), OFFERED)
def test_every_choice_that_is_offered_can_be_chosen_and_has_its_controls(name, choice):
    refused = presets.load(presets.NAMES[0]).config.merge({name: choice})[1]
    # Some routers balance themselves or learn nothing: a balancing loss is to be given up before.
    app = playground(**({"balancer": "none"} if refused else {}))
    app.selectbox(key=f"playground.widget.{name}").set_value(choice).run()
    assert not app.exception
    assert not app.warning
    settings = app.session_state["playground.experiment"].config.settings()
    assert settings[name] == choice
    assert set(settings) - {"points"} <= set(drawn(app))


def test_a_table_cannot_be_chosen_before_one_can_be_loaded():
    box = playground().selectbox(key="playground.widget.task")
    assert "Own table" not in box.options
    assert "Drawn points" in box.options
    assert box.help.endswith("A table of your own is loaded below the view, under Own data.")


@pytest.mark.parametrize("query", [{}, {"optimizer": "adamw", "router": "noisy_top_k", "balancer": "none"}])
def test_each_control_stands_under_what_it_does(query):
    app = playground(**query)
    folded = {expander.label: expander for expander in app.expander}
    live, restarts = folded["More that acts while it trains"], folded["More that restarts the run"]
    hidden_live, hidden_restarting = set(drawn(live)), set(drawn(restarts))
    assert all(TABLE[name].live for name in hidden_live)
    assert not any(TABLE[name].live for name in hidden_restarting)
    in_sight = set(drawn(app)) - hidden_live - hidden_restarting
    assert in_sight in (
        {"learning_rate", "balance_coefficient", "task", "router", "num_experts"},
        {"learning_rate", "k", "task", "router", "num_experts"},
    )


def test_folded_controls_are_drawn_once_they_are_unfolded():
    app = open_page(PLAYGROUND)
    assert set(drawn(app)) == {"learning_rate", "balance_coefficient", "task", "router", "num_experts"}
    app.session_state[FOLDED[1]] = True
    app.run()
    assert "seed" in drawn(app)
    assert "k" not in drawn(app)


def test_balancers_are_chosen_together_and_none_stands_alone():
    app = playground(router="noisy_top_k")
    for chosen, becomes in (
        (["switch_loss", "z_loss"], "switch_loss+z_loss"),
        (["switch_loss", "z_loss", "none"], "none"),
        (["none", "importance_and_load"], "importance_and_load"),
        ([], "none"),
    ):
        app.pills(key="playground.widget.balancer").set_value(chosen).run()
        assert not app.exception
        assert app.session_state["playground.experiment"].config.balancer.balancer == becomes
    assert app.pills(key="playground.widget.balancer").value == ["none"]


def test_the_coefficients_of_all_chosen_balancers_have_a_control():
    app = playground(balancer="switch_loss+z_loss")
    assert {"balance_coefficient", "z_coefficient"} <= set(drawn(app))


def test_a_refused_choice_is_said_in_one_sentence_and_the_rest_stays():
    app = playground(seed="4")
    app.pills(key="playground.widget.balancer").set_value(["importance_and_load"]).run()
    (warning,) = app.warning
    assert "needs the router noisy" in warning.value
    assert app.pills(key="playground.widget.balancer").value == ["switch_loss"]
    assert app.number_input(key="playground.widget.seed").value == 4


def test_a_drawing_is_not_written_out():
    app = playground(task="points")
    assert "points" not in drawn(app)
    assert any(caption.value == "Changed from *Specialists*: Task Drawn points." for caption in app.caption)


def test_what_was_changed_is_said_in_plain_words_without_what_came_with_it():
    app = playground(router="noisy_top_k", balancer="switch_loss+z_loss", seed="3")
    said = "Router Noisy top-k, Balancer Switch loss + Router z-loss, Seed 3."
    assert any(caption.value == f"Changed from *Specialists*: {said}" for caption in app.caption)
    app.button(key="playground.back").click().run()
    assert not app.query_params
    assert any(caption.value.endswith(presets.load("specialists").look_for) for caption in app.caption)


def choices_of(app: AppTest, name: str) -> list[str]:
    return list(app.selectbox(key=f"playground.widget.{name}").options)


def test_choices_are_called_by_their_titles():
    app = playground()
    assert choices_of(app, "router") == list(TABLE["router"].titles)
    assert choices_of(app, "router")[:2] == ["Top-k", "Switch (top-1)"]
    assert choices_of(app, "expert") == ["One hidden layer", "Gated hidden layer", "Linear"]
    assert app.pills(key="playground.widget.balancer").options == list(TABLE["balancer"].titles)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_presenting_keeps_to_what_is_needed_and_stays_in_the_address(page):
    app = open_page(page, present="1", **({"seed": "3"} if page.stem == "playground" else {}))
    assert not app.exception
    assert not app.warning
    # What is read stays: a lesson's sections and folds, and the glossary's words.
    if page.parent.name != "learn":
        assert not app.expander
        assert not app.header
    assert in_address(app, "present") == "1"


def test_presenting_ends_when_the_address_says_so():
    app = playground(present="1")
    app.query_params["present"] = "0"
    app.run()
    assert app.expander
    assert "present" not in app.query_params


def test_home_has_a_door_to_each_situation_and_a_map_whose_links_lead_somewhere():
    app = open_page(ROOT / "pages" / "home.py")
    shown = [caption.value for caption in app.caption]
    assert shown == [presets.load(name).look_for for name in presets.NAMES]
    stems = {page.stem for page in PAGES}
    for concept in concepts().values():
        assert concept.sentence.endswith(".")
        assert concept.page is None or concept.page in stems
        assert concept.preset is None or concept.preset in presets.NAMES
    (body,) = (html.proto.body for html in app.get("html") if "<ol" in html.proto.body)
    assert body.count("<a ") == sum(concept.page is not None for concept in concepts().values())
    assert body.count(">later<") == sum(concept.page is None for concept in concepts().values())


def test_home_says_what_is_wrong_with_a_link_and_where_its_settings_have_a_meaning():
    app = open_page(ROOT / "pages" / "home.py", k="999", colour="red", seed="4")
    (warning,) = app.warning
    said = warning.value.replace("\\", "")
    assert said.startswith(
        "k = 999 was refused: it is at most the number of experts, which is 8. colour = red was refused: "
    )
    assert said.endswith("Home has one run, as it is, and takes no settings from its address.")
    (door,) = [link for link in app.get("page_link") if link.proto.label == "Open the Playground with these settings"]
    assert (door.proto.page, door.proto.query_string) == ("playground", "seed=4")


def test_no_more_training_examples_are_offered_than_a_task_has():
    assert playground(task="breast_cancer").slider(key="playground.widget.num_train").max == 379


def test_one_expert_leaves_nothing_to_choose_for_k():
    app = playground(num_experts="1")
    assert not app.exception
    assert any("since there is one expert" in caption.value for caption in app.caption)


def test_a_refusal_is_said_where_the_person_looks_too():
    app = playground()
    app.pills(key="playground.widget.balancer").set_value(["importance_and_load"]).run()
    (warning,), (toast,) = app.warning, app.toast
    assert warning.value == toast.value
    assert not app.exception
    assert not app.run().toast
