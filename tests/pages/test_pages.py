"""Every page runs under AppTest without an exception, and shows what its address asks for."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from moe_core.config import presets
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


@pytest.mark.parametrize("name", presets.NAMES)
def test_every_preset_has_its_controls(name):
    app = playground(preset=name)
    assert not app.exception
    settings = presets.load(name).config.settings()
    drawn = {
        widget.key
        for kind in ("slider", "select_slider", "selectbox", "number_input", "toggle")
        for widget in app.get(kind)
    }
    assert {f"playground.widget.{setting}" for setting in settings} <= drawn


def test_one_expert_leaves_nothing_to_choose_for_k():
    app = playground(num_experts="1")
    assert not app.exception
    assert any("since there is one expert" in caption.value for caption in app.caption)
