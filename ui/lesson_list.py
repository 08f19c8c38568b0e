"""The lessons in their order, each with how far this browser has come with it."""

import json

import streamlit as st

from moe_core.config.lesson import NAMES
from ui.lesson_words import words_of
from ui.live_view import labels
from ui.view_files import ASSETS, base_path

STATES = ("begun", "run")
"""What a browser remembers of a lesson."""


def lesson_list() -> None:
    """A link to each lesson."""
    script, style = ((ASSETS / "lessons" / f"list.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    component = st.components.v2.component("lesson_list", js=script, css=style)
    lessons = [
        {
            "name": name,
            "title": words_of(name).title,
            "sentence": words_of(name).sentence,
            "address": f"{base_path()}/{name}",
        }
        for name in NAMES
    ]
    words = {state: labels()[f"lesson_{state}"] for state in STATES}
    component(key="lesson_list", data=json.dumps({"lessons": lessons, "labels": words}).encode())
