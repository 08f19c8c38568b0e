"""Every page runs under AppTest without an exception, and shows what its address asks for."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from moe_core.config import TABLE, presets
from ui.literal import literal

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "ui" / "main.py"
PAGES = sorted((ROOT / "pages").rglob("*.py"))


def open_page(page: Path, **query: str) -> AppTest:
    """A page, run once, as a person with this query in the address sees it."""
    app = AppTest.from_file(MAIN, default_timeout=30).switch_page(str(Path("..") / page.relative_to(ROOT)))
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_runs(page):
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert not app.warning


def test_no_page_imports_torch():
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block
for page in {[str(Path("..") / page.relative_to(ROOT)) for page in PAGES]!r}:
    app = AppTest.from_file({str(MAIN)!r}, default_timeout=30).switch_page(page).run()
    assert not app.exception, app.exception
import app
assert "moe_core.config" in sys.modules
print("torch" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def playground(**query: str) -> AppTest:
    return open_page(ROOT / "pages" / "lab" / "playground.py", **query)


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


def test_a_control_changes_the_experiment():
    app = playground()
    app.slider(key="playground.widget.num_experts").set_value(4).run()
    assert app.session_state["playground.experiment"].config.model.num_experts == 4
    assert not app.exception


WIDGETS = ("slider", "select_slider", "selectbox", "number_input", "toggle", "pills")


def drawn(part: AppTest | Block) -> list[str]:
    """The settings that have a control in a part of the page."""
    keys = [str(widget.key) for kind in WIDGETS for widget in part.get(kind)]
    return [key.removeprefix("playground.widget.") for key in keys if key.startswith("playground.widget.")]


@pytest.mark.parametrize("name", presets.NAMES)
def test_every_preset_has_its_controls(name):
    app = playground(preset=name)
    assert not app.exception
    assert set(presets.load(name).config.settings()) <= set(drawn(app))


CHOOSERS = ("task", "router", "expert", "optimizer")
OFFERED = [(name, choice) for name in CHOOSERS for choice in TABLE[name].choices if choice != "csv"]


@pytest.mark.parametrize(("name", "choice"), OFFERED)
def test_every_choice_that_is_offered_can_be_chosen_and_has_its_controls(name, choice):
    app = playground()
    app.selectbox(key=f"playground.widget.{name}").set_value(choice).run()
    assert not app.exception
    assert not app.warning
    settings = app.session_state["playground.experiment"].config.settings()
    assert settings[name] == choice
    assert set(settings) - {"points"} <= set(drawn(app))


def test_a_table_cannot_be_chosen_before_one_can_be_loaded():
    options = playground().selectbox(key="playground.widget.task").options
    assert "Own table" not in options
    assert "Drawn points" in options


@pytest.mark.parametrize("query", [{}, {"optimizer": "adamw", "router": "noisy_top_k", "balancer": "none"}])
def test_each_control_stands_under_what_it_does(query):
    app = playground(**query)
    live, restarts = app.expander
    assert (live.label, restarts.label) == ("More that acts while it trains", "More that restarts the run")
    hidden_live, hidden_restarting = set(drawn(live)), set(drawn(restarts))
    assert all(TABLE[name].live for name in hidden_live)
    assert not any(TABLE[name].live for name in hidden_restarting)
    in_sight = set(drawn(app)) - hidden_live - hidden_restarting
    assert {"learning_rate", "k", "temperature", "batch_size", "task", "router", "num_experts", "seed"} <= in_sight


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
    assert any(caption.value == "Changed from *Specialists*: Task Drawn points, Noise 0.05." for caption in app.caption)


def test_no_more_training_examples_are_offered_than_a_task_has():
    assert playground(task="breast_cancer").slider(key="playground.widget.num_train").max == 379


def test_one_expert_leaves_nothing_to_choose_for_k():
    app = playground(num_experts="1")
    assert not app.exception
    assert any("since there is one expert" in caption.value for caption in app.caption)
