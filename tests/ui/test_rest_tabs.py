"""What the tabs say where there is no choice of an expert to draw."""

import pytest
from streamlit.testing.v1 import AppTest

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server.answers import rest_of
from ui.rest_tabs import ALL_ASKED, ONE_ASKED

WHO, LOAD = "Who gets what", "Load over time"


def page() -> None:
    import streamlit as st

    from ui.rest_tabs import rest_tabs

    rest_tabs("lab", st.session_state["answer"])


def told(tab: str, num_steps: int = 20, **settings: object) -> list[str]:
    """The sentences in a tab, of a run of four experts."""
    trainer = Trainer(RunConfig.from_settings({"task": "moons", "num_experts": 4, "d_hidden": 4} | settings))
    for _ in range(num_steps):
        trainer.step()
    test = AppTest.from_function(page, default_timeout=30)
    test.session_state["answer"] = rest_of(trainer)
    test.session_state["lab.at_rest"] = tab
    test.run()
    assert not test.exception
    return [info.value for info in test.info]


@pytest.mark.parametrize("settings", [{"router": "soft"}, {"router": "dense"}, {"k": 4}], ids=str)
def test_where_everybody_is_asked_a_sentence_stands_for_what_is_about_choice(settings):
    """Agreement and co-activation in one tab, saturation in the other."""
    settings = {"balancer": "none"} | settings
    assert told(WHO, **settings) == [ALL_ASKED] * 2
    assert told(LOAD, **settings) == [ALL_ASKED]


def test_one_expert_an_input_is_asked_with_nobody():
    assert told(WHO, k=1) == [ONE_ASKED]


def test_two_experts_an_input_are_drawn():
    assert told(WHO, k=2) == []
    assert told(LOAD, k=2) == []
