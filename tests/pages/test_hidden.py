"""What is said of a link that leaves out controls which no setting has."""

from tests.pages.opened import drawn, in_address, playground
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
