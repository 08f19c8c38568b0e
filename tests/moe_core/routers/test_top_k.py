"""The top-k router by hand, and the Switch router as one of its cases."""

import pytest
import torch
from torch import Generator

from moe_core.config.routers import SwitchRouterConfig, TopKRouterConfig
from moe_core.routers import TopKRouter
from moe_core.routing import TokenRouting
from tests.moe_core.cases import linear_router, parts, random_tokens, route


def hand_made(k: int, renormalize: bool) -> TokenRouting:
    """One token whose probabilities are 1/2, 1/4, 1/8 and 1/8 (the last a hair more)."""
    router = TopKRouter(d_model=1, num_experts=4, k=k, renormalize=renormalize, generator=Generator())
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[0.5], [0.25], [0.125], [0.125 + 1e-7]]).log())
    return route(router, torch.ones(1, 1))


@pytest.mark.parametrize(
    ("k", "renormalize", "gates"),
    [
        (1, False, [1 / 2, 0, 0, 0]),
        (1, True, [1, 0, 0, 0]),
        (2, False, [1 / 2, 1 / 4, 0, 0]),
        (2, True, [2 / 3, 1 / 3, 0, 0]),
        (3, True, [4 / 7, 2 / 7, 0, 1 / 7]),
        (4, False, [1 / 2, 1 / 4, 1 / 8, 1 / 8]),
        (4, True, [1 / 2, 1 / 4, 1 / 8, 1 / 8]),
    ],
)
def test_gates_by_hand(k: int, renormalize: bool, gates: list[float]) -> None:
    assert hand_made(k, renormalize).gates[0].tolist() == pytest.approx(gates, abs=1e-6)


@pytest.mark.parametrize("k", [0, 5, -1])
def test_a_k_that_cannot_be_chosen_is_refused(k: int) -> None:
    with pytest.raises(
        ValueError, match=f"k = {k} was refused: it is a whole number from 1 to num_experts, which is 4"
    ):
        TopKRouter(d_model=3, num_experts=4, k=k, renormalize=True, generator=Generator())


def test_top_1_without_renormalisation_is_the_switch_router() -> None:
    x = random_tokens(50, 3)
    switch = parts(route(linear_router(SwitchRouterConfig(), 3), x))
    top_1 = parts(route(linear_router(TopKRouterConfig(k=1, renormalize=False), 3), x))
    for name, part in switch.items():
        assert torch.equal(part, top_1[name]), name
