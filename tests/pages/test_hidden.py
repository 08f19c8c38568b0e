"""What is said of a link that leaves out controls which no setting has."""

from tests.pages.opened import PLAYGROUND, drawn, in_address, new_page, playground
from ui.literal import literal
from ui.named_controls import NamedControls


def test_a_mistyped_name_beside_good_ones_is_said_and_the_good_ones_hold():
    app = playground(hide="learning_rate,balance_coeficient")
    (warning,) = app.warning
    problem = NamedControls.of_text("hide", "balance_coeficient").problem
    assert problem is not None
    assert "balance_coefficient" in problem
    assert warning.value == literal(problem)
    assert in_address(app, "hide") == "learning_rate"
    assert "learning_rate" not in drawn(app)
    assert "balance_coefficient" in drawn(app)


def test_it_is_said_until_the_next_change():
    app = playground(hide="learning_rate,balance_coeficient")
    assert len(app.run().warning) == 1
    app.slider(key="playground.widget.num_experts").set_value(4).run()
    assert not app.exception
    assert not app.warning
    assert in_address(app, "hide") == "learning_rate"


def test_all_that_is_wrong_with_how_a_page_is_shown_is_said_beside_what_is_hidden():
    app = playground(show="zzz", hide="nope", present="banana")
    (warning,) = app.warning
    said = warning.value.replace("\\", "")
    assert said.startswith("present = banana was refused: it is 1, for a room, or 0. hide = nope was refused: ")
    assert "show = zzz was refused: " in said
    assert "present" not in app.query_params
    app.slider(key="playground.widget.num_experts").set_value(4).run()
    assert not app.warning


def test_a_name_that_the_address_has_twice_is_said_with_the_value_that_does_not_count():
    app = new_page(PLAYGROUND)
    app.query_params["seed"] = ["abc", "2"]
    app.session_state["playground.run"] = ""
    (warning,) = app.run().warning
    assert warning.value.replace("\\", "") == (
        "seed = abc was refused: the address names it more than once, and the last counts."
    )
    assert in_address(app, "seed") == "2"
