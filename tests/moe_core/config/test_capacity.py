"""Capacities that make no sense, each refused in a whole sentence that names the field."""

import pytest

from moe_core.config import TABLE, ConfigError, RunConfig
from moe_core.config.drawing import encode

LIMITED: dict[str, object] = {"capacity": "limited"}
ITSELF = LIMITED | {"dropped": "residual"}
WHY = "a token can be its own output only where both have one size, and"


def told(change: dict[str, object], start: dict[str, object] | None = None) -> list[str]:
    """The sentences about a change. A run whose change was refused is as it was."""
    before = RunConfig.from_settings(start or {})
    config, problems = before.merge(change)
    assert not problems or config == before
    return [str(problem) for problem in problems]


def test_a_limit_is_on_one_batch_of_a_router_that_takes_one() -> None:
    for variant in ("top_k", "switch", "noisy_top_k"):
        assert told(LIMITED | {"router": variant}) == []


def test_no_limit_is_the_default_and_has_no_factor() -> None:
    assert RunConfig().settings()["capacity"] == "unlimited"
    assert told({"train_capacity_factor": 1.0}) == [
        "train_capacity_factor = 1.0 was refused: it has no meaning when capacity is unlimited."
    ]


def test_where_every_expert_answers_nothing_can_be_dropped() -> None:
    why = "has no meaning when router is dense: every expert answers every token, so nothing can be dropped."
    assert told(LIMITED, {"router": "dense", "balancer": "none"}) == [f"capacity = limited was refused: limited {why}"]
    assert told({"router": "dense"}, LIMITED | {"balancer": "none"}) == [
        f"router = dense was refused: the capacity limited {why}"
    ]


def test_a_token_is_its_own_output_only_where_that_has_its_size() -> None:
    digits = f"{WHY} digits has 64 inputs and 10 outputs."
    assert told(ITSELF, {"task": "moons"}) == []
    assert told({"dropped": "residual"}, LIMITED | {"task": "digits"}) == [f"dropped = residual was refused: {digits}"]
    assert told({"task": "digits"}, ITSELF) == [f"task = digits was refused: {digits}"]


def test_points_of_a_third_class_are_refused_where_a_token_is_its_own_output() -> None:
    two, three = (encode([(0.1 * i, 0.1, i % n) for i in range(9)]) for n in (2, 3))
    start = ITSELF | {"task": "points", "points": two}
    (sentence,) = told({"points": three}, start)
    assert sentence.endswith(f"{WHY} points has 2 inputs and 3 outputs.")
    assert sentence.startswith("points = ")


@pytest.mark.parametrize("name", ["train_capacity_factor", "test_capacity_factor"])
@pytest.mark.parametrize("factor", [0, -1, 65, "much", float("nan"), float("inf"), True])
def test_a_factor_that_drops_everything_or_is_no_number(name: str, factor: object) -> None:
    with pytest.raises(ConfigError, match=f"{name} = {factor} was refused: it is a number from 0.01 to 64"):
        RunConfig.from_settings(LIMITED | {name: factor})


@pytest.mark.parametrize("name", ["fill_order", "dropped"])
def test_an_unknown_choice_is_answered_with_those_there_are(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} = last was refused: .*{TABLE[name].choices[0]}"):
        RunConfig.from_settings(LIMITED | {name: "last"})


EVENED = "the importance is read from what was kept, which a capacity evens where the router does not"


@pytest.mark.parametrize("balancer", ["importance_and_load", "importance_and_load+z_loss"])
def test_an_importance_loss_would_see_what_the_limit_has_evened(balancer: str) -> None:
    noisy: dict[str, object] = {"router": "noisy_top_k"}
    assert told({"balancer": balancer}, noisy | LIMITED) == [
        f"balancer = {balancer} was refused: importance_and_load has no meaning when capacity is limited: {EVENED}."
    ]
    assert told(LIMITED, noisy | {"balancer": balancer}) == [
        f"capacity = limited was refused: limited has no meaning when balancer is {balancer}: {EVENED}."
    ]
