"""Made histories: runs whose curves are written down, so that it is known what is true of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from moe_core.narrator import Story, events, narrate

QUIET_LOAD = (0.34, 0.26, 0.22, 0.18)
"""Neither balanced (max violation 0.36) nor near to any other line."""


def story(
    last: int,
    load: Sequence[float] = QUIET_LOAD,
    *,
    score_name: str = "accuracy",
    chance: float | None = None,
    **curves: float | np.ndarray,
) -> Story:
    """Rows every 10 steps from 0 to `last`, each with the same load; a curve is an array or one number."""
    steps = np.arange(0, last + 1, 10)
    series = {name: np.broadcast_to(np.asarray(curve, dtype=float), steps.shape) for name, curve in curves.items()}
    return Story(steps, np.tile(load, (len(steps), 1)), series, score_name, chance)


def by_hand(before: Story, *, from_step: int, killed: Sequence[int] = (), forced: Sequence[int] = ()) -> Story:
    """The same story with some killed, and one forced, from a step on."""
    rows, numbers = before.steps[:, None] >= from_step, np.arange(before.load.shape[1])
    return replace(before, killed=rows & np.isin(numbers, killed), forced=rows & np.isin(numbers, forced))


def changed(before: Story, *, from_step: int, load: Sequence[float]) -> Story:
    """The same story with another load from a step on."""
    return Story(
        before.steps,
        np.where(before.steps[:, None] >= from_step, load, before.load),
        before.series,
        before.score_name,
        before.chance,
    )


def curve(last: int, pieces: Mapping[int, float]) -> np.ndarray:
    """A curve in constant pieces, given by the step at which each begins."""
    steps = np.arange(0, last + 1, 10)
    values = np.empty(len(steps))
    for first, value in pieces.items():
        values[steps >= first] = value
    return values


def rows(whole: Story, which: slice) -> Story:
    """Some rows of a story, such as its first, or every second."""
    series = {name: values[which] for name, values in whole.series.items()}
    return Story(whole.steps[which], whole.load[which], series, whole.score_name, whole.chance)


def said(of: Story) -> list[str]:
    """The rules that have a remark now, in the order in which it is said."""
    return [remark.rule for remark in narrate(of)]


def happened(of: Story) -> list[tuple[int, str, tuple[int, ...]]]:
    """What the events are: step, rule, experts."""
    return [(remark.step, remark.rule, remark.experts) for remark in events(of)]
