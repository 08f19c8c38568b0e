"""Pages as tests see them: run by AppTest, with an address, and what is then drawn."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from moe_core.config import TABLE

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "ui" / "main.py"
PAGES = sorted((ROOT / "pages").rglob("*.py"))
PLAYGROUND = ROOT / "pages" / "lab" / "playground.py"
FOLDED = ("playground.More that acts while it trains", "playground.More that restarts the run")
WIDGETS = ("slider", "select_slider", "selectbox", "number_input", "toggle", "pills")


def new_page(page: Path, **query: str) -> AppTest:
    """A page at an address, not run yet."""
    app = AppTest.from_file(MAIN, default_timeout=60).switch_page(str(Path("..") / page.relative_to(ROOT)))
    for name, value in query.items():
        app.query_params[name] = value
    return app


def open_page(page: Path, **query: str) -> AppTest:
    """A page as a person with this query in the address sees it once its live view stands."""
    app = new_page(page, **query)
    app.session_state[f"{page.stem}.run"] = ""
    return app.run()


def playground(**query: str) -> AppTest:
    """The Playground with all its controls unfolded."""
    app = open_page(PLAYGROUND, **query)
    for key in FOLDED:
        app.session_state[key] = True
    return app.run()


def drawn(part: AppTest | Block) -> list[str]:
    """The settings that have a control in a part of the page; with twin. before them those of a copy."""
    keys = [str(widget.key) for kind in WIDGETS for widget in part.get(kind)]
    names = [key.removeprefix("playground.widget.") for key in keys if key.startswith("playground.widget.")]
    return [name for name in names if name.removeprefix("twin.") in TABLE]


def in_address(app: AppTest, name: str) -> str:
    """A value of the query, which AppTest has as a list until a page has written it."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]
