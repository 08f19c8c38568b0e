"""The variations of the lesson on gating are what their words say, whatever was turned or tried before."""

from itertools import product

import pytest

from ui.lesson import LessonPage
from ui.stage_sources import ROUTERS

LESSON = LessonPage("gating")
TRIES = LESSON.data.tries


@pytest.mark.parametrize(("router", "name"), list(product(ROUTERS, TRIES)))
def test_a_variation_is_had_from_every_router(router: str, name: str) -> None:
    before = LESSON.own.experiment.merged({"router": router})
    after = before.merged(TRIES[name].settings)
    assert after.problems == ()
    assert TRIES[name].settings.items() <= after.config.settings().items()


def test_asking_two_keeps_the_weights_of_the_lessons_own_run() -> None:
    own = LESSON.own.experiment
    assert own.config.differences(own.merged(TRIES["two"].settings).config) == ("k",)


@pytest.mark.parametrize("before", list(TRIES))
def test_a_renormalised_gate_is_that_of_one_expert(before: str) -> None:
    tried = LESSON.own.experiment.merged(TRIES[before].settings).merged(TRIES["renormalized"].settings)
    assert (tried.config.settings()["k"], tried.config.settings()["renormalize"]) == (1, True)
