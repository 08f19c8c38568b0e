"""A line that says of which step the numbers at rest are, and hears in the browser when the run has come to rest."""

import json
from collections.abc import Callable
from functools import cache

import streamlit as st

from ui.live_view import labels
from ui.view_files import ASSETS

WORDS = ("nothing", "measured", "elsewhere", "another")


def rest_signal(page: str, run: str | None, step: int | None, rested: Callable[[], None]) -> None:
    """Show of which run and step the numbers are. `rested` is called when the run of the page has come to rest.

    Then the fragment that this stands in runs again, and nothing else.
    """
    words = {name: labels()[f"rest_{name}"] for name in WORDS}
    component = st.components.v2.component("rest_signal", js=_script())
    component(
        key=f"{page}.rest_signal",
        data=json.dumps({"view": f"st-key-{page}-live_view", "run": run, "step": step, "labels": words}).encode(),
        on_rest_change=rested,
    )


@cache
def _script() -> str:
    return (ASSETS / "at_rest" / "rest_signal.js").read_text(encoding="utf-8")
