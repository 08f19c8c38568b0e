"""What a person did to experts is said as that, and is not told as if it had happened."""

import numpy as np
import pytest

from moe_core.config.command import Command
from moe_core.narrator import narrate
from moe_core.narrator.by_hand import killed_and_forced
from moe_core.narrator.story_of import story_of
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train
from tests.moe_core.narrator.stories import QUIET_LOAD, by_hand, changed, happened, said, story

STARVED = (0.5, 0.3, 0.2, 0.0)
ALL_TO_ONE = (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("last", [150, 400, 1000])
def test_a_killed_expert_neither_dies_nor_is_dead(last: int) -> None:
    run = by_hand(changed(story(last), from_step=110, load=STARVED), from_step=110, killed=[3])
    assert said(run) == ["killed"]
    assert happened(run) == []
    (remark,) = narrate(run)
    assert remark.sentence() == "You killed expert 4 after step 100: it gets nothing for that reason."


@pytest.mark.parametrize("last", [150, 400, 1000])
def test_while_one_is_forced_nobody_is_busy_idle_or_collapsed(last: int) -> None:
    run = by_hand(changed(story(last), from_step=110, load=ALL_TO_ONE), from_step=110, forced=[0])
    assert said(run) == ["forced"]
    assert happened(run) == []
    assert narrate(run)[0].sentence() == (
        "Every input is sent to expert 1, as you asked after step 100: the load is not the router's doing."
    )


def test_who_was_killed_and_is_back_did_not_come_back_to_life_by_itself() -> None:
    run = changed(changed(story(600), from_step=110, load=STARVED), from_step=510, load=QUIET_LOAD)
    assert "came_back" in said(run)
    revived = by_hand(run, from_step=110, killed=[3])
    assert revived.killed is not None
    revived.killed[revived.steps >= 510] = False
    assert said(revived) == []
    assert happened(revived) == []


def test_a_dead_expert_that_is_killed_does_not_come_back_to_life() -> None:
    assert said(by_hand(story(600, STARVED), from_step=500, killed=[3])) == ["killed"]


def test_a_collapse_counts_who_is_dead_without_a_persons_doing() -> None:
    two_idle = (0.6, 0.4, 0.0, 0.0)
    assert "collapse" in said(story(500, two_idle))
    assert "collapse" not in said(by_hand(story(500, two_idle), from_step=100, killed=[3]))
    assert "collapse" not in said(by_hand(story(500, two_idle), from_step=100, killed=[2, 3]))


def test_an_expert_that_gets_nothing_after_it_was_revived_is_idle_since_then() -> None:
    run = by_hand(changed(story(400), from_step=110, load=STARVED), from_step=110, killed=[3])
    assert run.killed is not None
    run.killed[run.steps >= 310] = False
    (remark,) = narrate(run)
    assert (remark.rule, remark.step, remark.experts) == ("idle", 310, (3,))


def test_every_command_is_followed() -> None:
    """It is given after the row of its own step."""
    log = [
        Command(10, "kill", 1),
        Command(20, "clone", 1),
        Command(20, "force", 0),
        Command(30, "revive_afresh", 1),
        Command(40, "force", 2),
        Command(50, "kill", 2),
        Command(60, "add", None),
        Command(60, "force", 4),
        Command(70, "release", None),
        Command(70, "k", 2),
    ]
    killed, forced = killed_and_forced(np.arange(0, 90, 10), 5, log)
    assert [np.flatnonzero(row).tolist() for row in killed] == [[], [], [1], [1, 3], [3], [3], [2, 3], [2, 3], [2, 3]]
    assert [np.flatnonzero(row).tolist() for row in forced] == [[], [], [], [0], [0], [2], [], [4], []]


def test_a_run_tells_its_narrator_what_was_done_to_it() -> None:
    trainer = train(Trainer(small_config()), 20)
    trainer.do("kill", 1)
    train(trainer, 250)
    remarks = {remark.rule: remark.experts for remark in narrate(story_of(trainer))}
    assert remarks["killed"] == (1,)
    assert 1 not in remarks.get("dead", ())
    trainer.do("force", 2)
    assert {"forced", "killed"} <= {remark.rule for remark in narrate(story_of(train(trainer, 10)))}
    assert "busiest" not in {remark.rule for remark in narrate(story_of(trainer))}


@pytest.mark.parametrize(("loss", "compared"), [("cooperative", True), ("competitive", False), ("likelihood", False)])
def test_a_loss_of_each_expert_is_not_compared_with_the_loss_of_their_output(loss: str, compared: bool) -> None:
    """Else a mixture would be said to overfit, or not to, by two different quantities."""
    trainer = Trainer(small_config(router="dense", balancer="none", mixture_loss=loss))
    assert ("train_loss" in story_of(train(trainer, 10)).series) == compared
