"""A copy beside the run, as the page makes, changes and ends it."""

from streamlit.testing.v1 import AppTest

from moe_core.config import presets
from tests.pages.opened import drawn, in_address, playground
from ui import twin
from ui.twin import offered


def members_of(app: AppTest) -> tuple[dict[str, object], ...]:
    members: tuple[dict[str, object], ...] = app.session_state["playground.experiment"].members
    return members


def test_a_copy_is_made_changed_and_ended():
    app = playground()
    app.button(key="playground.compare").click().run()
    assert members_of(app) == ({"balance_coefficient": 0.0},)
    assert in_address(app, "twin") == "balance_coefficient:0.0"
    app.select_slider(key="playground.widget.twin.balance_coefficient").set_value(1.0).run()
    assert members_of(app) == ({"balance_coefficient": 1.0},)
    app.selectbox(key="playground.widget.twin").set_value("router").run()
    assert members_of(app) == ({"router": "switch"},)
    app.selectbox(key="playground.widget.twin.router").set_value("sigmoid").run()
    assert in_address(app, "twin") == "router:sigmoid"
    app.button(key="playground.alone").click().run()
    assert members_of(app) == ()
    assert "twin" not in app.query_params
    assert not app.exception


def test_what_comparing_does_to_the_run_is_said_beside_the_button():
    app = playground()
    assert twin.BEFORE in said_small(app)
    app.button(key="playground.compare").click().run()
    assert twin.BESIDE in said_small(app)
    options = app.selectbox(key="playground.widget.twin").options
    assert {"Learning rate", "Router (restarts both)", "Number of experts (restarts both)"} <= set(options)
    app.selectbox(key="playground.widget.twin").set_value("num_experts").run()
    assert twin.FROM_THE_START in said_small(app)


def said_small(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def test_a_copy_in_the_address_is_shown_and_a_bad_one_named():
    app = playground(twin="k:2")
    assert app.slider(key="playground.widget.twin.k").value == 2
    app = playground(twin="task:moons")
    (warning,) = app.warning
    assert "the copy learns from the same data" in warning.value
    assert members_of(app) == ()


def test_everything_that_a_copy_may_have_otherwise_has_its_control():
    others = offered(presets.load("specialists").config)
    app = playground(twin="k:2")
    for name, value in others.items():
        app.selectbox(key="playground.widget.twin").set_value(name).run()
        assert not app.exception
        assert not app.warning
        assert members_of(app) == ({name: value},)
        assert f"twin.{name}" in drawn(app)


def test_several_beside_the_run_are_listed_and_each_can_be_taken_away():
    app = playground(twin="router:dense;balance_coefficient:0.5;balance_coefficient:1,k:2")
    assert not app.exception
    assert not app.warning
    labels = [app.button(key=f"playground.without.{number}").label for number in (1, 2, 3)]
    assert labels[0] == "Router Dense \\(every expert\\), Balancer None"
    assert labels[1:] == ["Balance coefficient 0\\.5", "Balance coefficient 1, Experts per token \\(k\\) 2"]
    assert twin.FROM_THE_START in said_small(app)
    app.button(key="playground.without.1").click().run()
    assert members_of(app) == ({"balance_coefficient": 0.5}, {"balance_coefficient": 1.0, "k": 2})
    assert in_address(app, "twin") == "balance_coefficient:0.5;balance_coefficient:1.0,k:2"
    assert twin.BESIDE in said_small(app)
    app.button(key="playground.without.2").click().run()
    assert app.select_slider(key="playground.widget.twin.balance_coefficient").value == 0.5
    assert not app.exception


def test_all_beside_the_run_go_at_once():
    app = playground(twin="balance_coefficient:0.5;balance_coefficient:1")
    app.button(key="playground.alone").click().run()
    assert members_of(app) == ()
    assert "twin" not in app.query_params


def test_what_a_router_cannot_have_falls_for_the_copy_and_is_said():
    app = playground(twin="router:dense")
    assert not app.warning
    assert app.session_state["playground.experiment"].others == [{"router": "dense", "balancer": "none"}]
