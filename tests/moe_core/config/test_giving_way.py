"""What falls with a change, so that it can be had: only what stands in its way, and never what was asked for."""

import pytest

from moe_core.config import TABLE, RunConfig


@pytest.mark.parametrize(
    ("start", "change", "falls"),
    [
        ({}, {"router": "dense"}, {"balancer": "none"}),
        ({}, {"router": "switch"}, {}),
        ({"balancer": "switch_loss+z_loss"}, {"router": "sinkhorn"}, {"balancer": "z_loss"}),
        ({"capacity": "limited"}, {"router": "dense"}, {"balancer": "none", "capacity": "unlimited"}),
        (
            {"router": "dense", "balancer": "none", "mixture_loss": "likelihood"},
            {"router": "top_k"},
            {"mixture_loss": "cooperative"},
        ),
        ({"k": 6}, {"num_experts": 4}, {"k": 4}),
        ({"num_experts": 5}, {"router": "hierarchical"}, {"balancer": "none", "num_branches": 1}),
        ({"num_experts": 6}, {"router": "group_limited"}, {"num_groups": 3}),
    ],
)
def test_what_stands_in_the_way_falls(
    start: dict[str, object], change: dict[str, object], falls: dict[str, object]
) -> None:
    config = RunConfig.from_settings(start)
    together = config.with_what_falls(change)
    assert together == change | falls
    assert config.merge(together)[1] == ()


@pytest.mark.parametrize(
    "change",
    [
        {"router": "dense", "balancer": "switch_loss"},
        {"k": 9},
        {"router": "top_k", "k": 9},
        {"router": "best"},
        {"balancer": "importance_and_load"},
        {"num_experts": 4000},
    ],
)
def test_for_what_cannot_be_had_all_the_same_nothing_falls(change: dict[str, object]) -> None:
    assert RunConfig().with_what_falls(change) == change


@pytest.mark.parametrize(
    "refused", [{"colour": "red"}, {"k": 99}, {"num_experts": 4000}, {"colour": "red", "alpha": -1.0}]
)
def test_what_is_refused_keeps_nothing_else_from_being_had(refused: dict[str, object]) -> None:
    """The same beside a change that needs something to fall: that is had, and each refused value is named once."""
    together = RunConfig().with_what_falls({"router": "dense"} | refused)
    assert together == {"router": "dense", "balancer": "none"} | refused
    config, problems = RunConfig().merge(together)
    assert config.router.router == "dense"
    assert [problem.field for problem in problems] == list(refused)


def test_what_is_only_wished_falls_like_the_rest() -> None:
    config = RunConfig.from_settings({"num_experts": 2, "k": 1})
    wished = {"k": 4, "router_bias": False}
    assert config.with_what_falls({"router": "sigmoid"}, wished) == {"router": "sigmoid", "k": 2, "router_bias": False}


@pytest.mark.parametrize("num_experts", [1, 2, 5, 6, 7, 12])
@pytest.mark.parametrize("router", TABLE["router"].choices)
def test_a_router_is_refused_only_where_nothing_smaller_would_help(router: str, num_experts: int) -> None:
    config = RunConfig.from_settings({"num_experts": num_experts, "k": 1, "capacity": "limited"})
    _, problems = config.merge(config.with_what_falls({"router": router}))
    # A token has two of the groups, and a prime number of experts has no two groups of one size.
    assert bool(problems) == (router == "group_limited" and num_experts in (1, 5, 7))
