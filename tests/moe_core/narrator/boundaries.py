"""For each rule, stories in which it just holds and stories in which it just does not, with what tells them apart.

Each story has only the curves that its rule reads.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

from moe_core.narrator import Story
from tests.moe_core.narrator.stories import QUIET_LOAD, by_hand, changed, curve, story


@dataclass(frozen=True, eq=False)
class Boundary:
    rule: str
    why: str
    inside: Story
    outside: Story


# Of four experts the fair share is 0.25, and a tenth of it 0.025.
THIRD_UNDER = (0.4, 0.35, 0.0249, 0.2251)
THIRD_ON_THE_LINE = (0.4, 0.35, 0.025, 0.225)
TWO_UNDER = (0.5, 0.49, 0.0, 0.01)
QUIET = story(100)
NEARLY_EVEN = (0.312, 0.25, 0.22, 0.218)
A_QUARTER_OVER = (0.3125, 0.25, 0.22, 0.2175)


def back_to_life(last_dead_step: int, last: int) -> Story:
    return changed(story(last, THIRD_UNDER), from_step=last_dead_step + 10, load=QUIET_LOAD)


def falling_silent(load: tuple[float, ...], last: int) -> Story:
    """Quiet at step 0, and from the next row on with this load."""
    return changed(story(last, QUIET_LOAD), from_step=10, load=load)


def hidden(last_score: float, load: tuple[float, ...] = TWO_UNDER, chance: float | None = 0.25) -> Story:
    return story(200, load, chance=chance, test_score=curve(200, {0: 0.9, 200: last_score}))


def losses(train: float, test: float, last: int = 300, start: float = 1.0) -> Story:
    """Train loss from `start`, test loss from 1, to these values in the middle of 300 steps."""
    return story(last, train_loss=curve(last, {0: start, 150: train}), test_loss=curve(last, {0: 1.0, 150: test}))


def beside(rival: str, score: float, rivals: float, last: int = 100) -> Story:
    curves: dict[str, Any] = {"test_score": score, rival: rivals}
    return story(last, **curves)


def against(rival: str, name: str) -> list[Boundary]:
    """The three rules about one rival."""
    ahead, behind, level = f"ahead_of_{name}", f"behind_{name}", f"level_with_{name}"
    return [
        Boundary(ahead, "gap", beside(rival, 0.8, 0.7799), beside(rival, 0.8, 0.7801)),
        Boundary(ahead, "length", beside(rival, 0.8, 0.7), beside(rival, 0.8, 0.7, last=90)),
        Boundary(behind, "gap", beside(rival, 0.7799, 0.8), beside(rival, 0.7801, 0.8)),
        Boundary(behind, "length", beside(rival, 0.7, 0.8), beside(rival, 0.7, 0.8, last=90)),
        Boundary(level, "gap, behind", beside(rival, 0.7801, 0.8), beside(rival, 0.7799, 0.8)),
        Boundary(level, "gap, ahead", beside(rival, 0.8, 0.7801), beside(rival, 0.8, 0.7799)),
        Boundary(level, "length", beside(rival, 0.8, 0.8), beside(rival, 0.8, 0.8, last=90)),
    ]


BOUNDARIES = [
    Boundary("dead", "load", story(200, THIRD_UNDER), story(200, THIRD_ON_THE_LINE)),
    Boundary("dead", "length", story(200, THIRD_UNDER), story(190, THIRD_UNDER)),
    Boundary("idle", "load", falling_silent(THIRD_UNDER, last=200), falling_silent(THIRD_ON_THE_LINE, last=200)),
    Boundary("idle", "not dead yet", falling_silent(THIRD_UNDER, last=200), falling_silent(THIRD_UNDER, last=210)),
    Boundary("idle", "had more", falling_silent(THIRD_UNDER, last=200), story(200, THIRD_UNDER)),
    Boundary("came_back", "not long ago", back_to_life(200, last=410), back_to_life(200, last=420)),
    Boundary("came_back", "from the dead", back_to_life(200, last=300), back_to_life(190, last=300)),
    Boundary("collapse", "half of four", story(200, TWO_UNDER), story(200, THIRD_UNDER)),
    Boundary("collapse", "half of five", story(200, (0.5, 0.5, 0, 0, 0)), story(200, (0.4, 0.3, 0.3, 0, 0))),
    Boundary("collapse", "length", story(200, TWO_UNDER), story(190, TWO_UNDER)),
    Boundary("hidden_collapse", "score", hidden(0.8801), hidden(0.8799)),
    Boundary("hidden_collapse", "collapsed", hidden(0.9), hidden(0.9, THIRD_UNDER)),
    Boundary("hidden_collapse", "learned", hidden(0.9, chance=0.87), hidden(0.9, chance=0.89)),
    Boundary("guessing", "score", story(100, chance=0.5, test_score=0.5199), story(100, chance=0.5, test_score=0.5201)),
    Boundary("guessing", "length", story(100, chance=0.5, test_score=0.5), story(90, chance=0.5, test_score=0.5)),
    Boundary("guessing", "chance is known", story(100, chance=0.5, test_score=0.2), story(100, test_score=0.2)),
    Boundary(
        "loss_jumped",
        "height",
        story(100, test_loss=curve(100, {0: 1.0, 100: 1.501})),
        story(100, test_loss=curve(100, {0: 1.0, 100: 1.499})),
    ),
    Boundary(
        "loss_jumped",
        "not long ago",
        story(110, test_loss=curve(110, {0: 1.0, 20: 1.6})),
        story(110, test_loss=curve(110, {0: 1.0, 10: 1.6})),
    ),
    Boundary(
        "loss_jumped",
        "length",
        story(100, test_loss=curve(100, {0: 1.0, 50: 2.0})),
        story(90, test_loss=curve(90, {0: 1.0, 50: 2.0})),
    ),
    Boundary(
        "killed", "by somebody", by_hand(QUIET, from_step=90, killed=[2]), by_hand(QUIET, from_step=110, killed=[2])
    ),
    Boundary(
        "killed", "several", by_hand(QUIET, from_step=90, killed=[0, 2]), by_hand(QUIET, from_step=90, forced=[0])
    ),
    Boundary(
        "forced", "by somebody", by_hand(QUIET, from_step=90, forced=[2]), by_hand(QUIET, from_step=90, killed=[2])
    ),
    Boundary("busiest", "load", story(0, (0.501, 0.3, 0.199)), story(0, (0.5, 0.3, 0.2))),
    Boundary("busiest", "of three", story(0, (0.9, 0.05, 0.05)), story(0, (0.9, 0.1))),
    Boundary("overfitting", "train falls", losses(0.899, 1.2), losses(0.901, 1.2)),
    Boundary("overfitting", "test rises", losses(0.8, 1.101), losses(0.8, 1.099)),
    Boundary("overfitting", "test over train", losses(1.19, 1.2, start=1.4), losses(1.21, 1.2, start=1.4)),
    Boundary("overfitting", "length", losses(0.8, 1.2), losses(0.8, 1.2, last=290)),
    Boundary(
        "plateau",
        "improvement",
        story(500, test_loss=curve(500, {0: 1.0, 500: 0.9901})),
        story(500, test_loss=curve(500, {0: 1.0, 500: 0.9899})),
    ),
    Boundary("plateau", "length", story(500, test_loss=1.0), story(490, test_loss=1.0)),
    Boundary("balanced", "the busiest", story(200, NEARLY_EVEN), story(200, A_QUARTER_OVER)),
    Boundary("balanced", "the idlest", story(200, (0.141,) * 7 + (0.013,)), story(200, (0.1411,) * 7 + (0.0123,))),
    Boundary("balanced", "length", story(200, NEARLY_EVEN), story(190, NEARLY_EVEN)),
    Boundary("balanced", "could differ", story(200, (0.251, 0.249, 0.25, 0.25)), story(200, (0.25,) * 4)),
    *against("plain_test_score", "plain"),
    *against("wide_test_score", "wide"),
    Boundary(
        "undecided",
        "entropy",
        story(0, router_entropy=0.901 * math.log(4)),
        story(0, router_entropy=0.899 * math.log(4)),
    ),
    Boundary("undecided", "of two", story(0, (0.5, 0.5), router_entropy=0.69), story(0, (1.0,), router_entropy=0.69)),
    Boundary(
        "decided",
        "entropy",
        story(0, router_entropy=0.099 * math.log(4)),
        story(0, router_entropy=0.101 * math.log(4)),
    ),
    Boundary("decided", "of two", story(0, (0.5, 0.5), router_entropy=0.0), story(0, (1.0,), router_entropy=0.0)),
]


def without(of: Story, name: str) -> Story:
    """The story without one of its curves."""
    return replace(of, series={other: values for other, values in of.series.items() if other != name})
