"""Experts cut into pieces: what stays the same, and what does not."""

from math import comb

import pytest

from moe_core.config import ConfigError, RunConfig, cost
from moe_core.config.fine_grained import fine_grained

SETTINGS: list[dict[str, object]] = [
    {"router": "top_k", "k": 2},
    {"router": "top_k", "k": 1, "renormalize": False, "task": "digits"},
    {"router": "noisy_top_k", "k": 2},
    {"router": "dense", "balancer": "none"},
    {"router": "group_limited", "k": 2},
    {"num_shared": 1, "task": "piecewise"},
]

every_kind = pytest.mark.parametrize("settings", SETTINGS, ids=str)
each_m = pytest.mark.parametrize("m", [1, 2, 4, 8])


def whole(settings: dict[str, object]) -> RunConfig:
    return RunConfig.from_settings({"num_experts": 8, "d_hidden": 16} | settings)


def expert_products(config: RunConfig, num_experts: int) -> int:
    shape = config.task.shape
    return num_experts * config.expert.products(shape.num_inputs, shape.num_outputs)


@each_m
@every_kind
def test_the_experts_weights_and_a_tokens_products_in_them_stay_the_same(settings: dict[str, object], m: int) -> None:
    before, after = whole(settings), fine_grained(whole(settings), m)
    sizes = [(config.model.num_experts, config.model.num_shared) for config in (before, after)]
    assert sizes[1] == (m * sizes[0][0], m * sizes[0][1])
    asked = [config.router.most_chosen(size[0]) + size[1] for config, size in zip((before, after), sizes, strict=True)]
    assert asked[1] == m * asked[0]
    assert expert_products(after, sum(sizes[1])) == expert_products(before, sum(sizes[0]))
    assert expert_products(after, asked[1]) == expert_products(before, asked[0])


@each_m
@every_kind
def test_the_router_and_the_output_biases_are_all_that_grows(settings: dict[str, object], m: int) -> None:
    """Counted by hand: of each new expert a row of the router, with its constant, and a bias for each output."""
    before, after = whole(settings), fine_grained(whole(settings), m)
    shape = before.task.shape
    rows = before.router.parameters(8, shape.num_inputs)
    grown = (m - 1) * (rows + (8 + before.model.num_shared) * shape.num_outputs)
    assert mixture_parameters(after) - mixture_parameters(before) == grown


def mixture_parameters(config: RunConfig) -> int:
    """What is left when both plain networks are taken away."""
    price, shape = cost(config), config.task.shape
    plain = (price.plain_hidden + price.wide_hidden) * (shape.num_inputs + 1 + shape.num_outputs)
    return price.parameters - plain - 2 * shape.num_outputs


def test_there_are_more_ways_to_combine_them() -> None:
    """The paper's own: 16 experts of which 2 are chosen, cut into four, go from 120 to over 4 thousand million."""
    before = RunConfig.from_settings({"num_experts": 16, "k": 2, "d_hidden": 16})
    after = fine_grained(before, 4)
    ways = [comb(config.model.num_experts, config.router.most_chosen(0)) for config in (before, after)]
    assert ways == [120, 4_426_165_368]


@each_m
def test_a_router_that_aims_for_some_experts_aims_for_as_many_pieces(m: int) -> None:
    after = fine_grained(whole({"router": "relu", "target_k": 3}), m)
    assert after.settings()["target_k"] == 3 * m
    assert (after.model.num_experts, after.settings()["d_hidden"]) == (8 * m, 16 // m)


@each_m
def test_a_router_that_reaches_a_probability_reaches_the_same_with_as_many_pieces(m: int) -> None:
    """An indifferent router that asked 4 of 8 experts then asks 4 m of 8 m pieces."""
    after = fine_grained(whole({"router": "top_p", "p": 0.5}), m)
    assert after.settings()["p"] == 0.5
    assert after.router.typically_chosen(after.model.num_experts) == 4 * m


def test_in_one_piece_nothing_changes() -> None:
    switch: dict[str, object] = {"router": "switch"}
    for settings in (*SETTINGS, switch):
        assert fine_grained(whole(settings), 1) == whole(settings)


@pytest.mark.parametrize(
    ("settings", "m", "sentence"),
    [
        ({}, 3, "d_hidden = 16 was refused: it is a multiple of m, which is 3."),
        ({}, 32, "d_hidden = 16 was refused: it is a multiple of m, which is 32."),
        ({}, 0, "m = 0 was refused: it is a whole number of at least 1."),
        ({"expert": "linear"}, 2, "expert = linear was refused: it has no width that could be divided."),
        ({"router": "switch"}, 2, "router = switch was refused: it has no k that could be 2 times as large."),
        ({"router": "gshard"}, 2, "router = gshard was refused: it has no k that could be 2 times as large."),
        ({}, 16, "num_experts = 128 was refused: it is a whole number from 1 to 64."),
    ],
    ids=str,
)
def test_what_cannot_be_cut_is_refused_by_its_name(settings: dict[str, object], m: int, sentence: str) -> None:
    base: dict[str, object] = {"num_experts": 8} if "expert" in settings else {"num_experts": 8, "d_hidden": 16}
    with pytest.raises(ConfigError) as refused:
        fine_grained(RunConfig.from_settings(base | settings), m)
    assert str(refused.value).startswith(sentence)
