"""What is often said of capacity, and what is so."""

from typing import Any

import pytest
import torch
from torch import Tensor

from moe_core.capacity import Capacity
from moe_core.config.routers import SwitchRouterConfig, TopKRouterConfig
from moe_core.layer import MoELayer
from tests.moe_core.cases import mlp_experts, new_router, random_tokens

T, D, E = 48, 3, 4


def layer(capacity: Capacity | None, k: int = 1, d_out: int = D) -> MoELayer:
    config = SwitchRouterConfig() if k == 1 else TopKRouterConfig(k=k)
    return MoELayer(new_router(config, D, E), mlp_experts(E, D, 5, d_out), capacity=capacity).eval()


def answer_among(others: Tensor, token: Tensor, model: MoELayer) -> Tensor:
    """What the last token of a batch is answered, the others being before it."""
    with torch.no_grad():
        output, _ = model(torch.cat([others, token]))
    return output[-1]


@pytest.mark.parametrize("fill_order", ["arrival", "priority"])
def test_capacity_in_evaluation_makes_an_answer_depend_on_the_tokens_beside_it(fill_order: Any) -> None:
    """The same token and the same weights. Where all others want its expert, no place is left for it."""
    free, limited = layer(None), layer(Capacity(test_capacity_factor=1.0, fill_order=fill_order))
    token, others = random_tokens(1, D), random_tokens(T, D, seed=7)
    its_expert = free.router(token).assigned.int().argmax()
    elsewhere = others[~free.router(others).assigned[:, its_expert]]
    crowd = token.expand(len(elsewhere), D)
    alone = answer_among(others[:0], token, free)
    assert bool(alone.any())
    torch.testing.assert_close(answer_among(crowd, token, free), alone)
    torch.testing.assert_close(answer_among(elsewhere, token, limited), alone)
    assert answer_among(crowd, token, limited).tolist() == [0.0] * D


def test_a_dropped_token_is_zero_and_with_a_residual_around_the_layer_itself() -> None:
    """Not the answer of the next best expert, nor a larger share of an expert that had room."""
    x = random_tokens(1, D).repeat(T, 1)
    with torch.no_grad():
        output, routing = layer(Capacity(test_capacity_factor=1.0))(x)
        itself, _ = layer(Capacity(test_capacity_factor=1.0, dropped="residual"))(x)
    dropped = ~routing.kept.any(-1)
    assert int(dropped.sum()) == T - T // E
    assert not output[dropped].any()
    assert torch.equal(itself[dropped], x[dropped])
    assert torch.equal(itself[~dropped], output[~dropped])


def test_what_is_left_of_two_gates_is_not_made_larger() -> None:
    """One of two experts was full: the other counts as much as before, so the answer is smaller."""
    x = random_tokens(T, D)
    with torch.no_grad():
        _, free = layer(None, k=2)(x)
        _, limited = layer(Capacity(test_capacity_factor=0.5), k=2)(x)
    lost_one = limited.kept.sum(-1) == 1
    assert bool(lost_one.any())
    assert torch.equal(limited.gates[lost_one], free.gates[lost_one] * limited.kept[lost_one])
    assert bool((limited.gates[lost_one].sum(-1) < 0.99).all())


def test_a_model_can_be_better_in_evaluation_because_its_factor_is_larger_there() -> None:
    """Same weights, same batch: with the defaults, 1.25 and 2, more is dropped in training."""
    model, x = layer(Capacity()), random_tokens(1, D).repeat(T, 1)
    kept = [int(model.train(training)(x)[1].kept.sum()) for training in (True, False)]
    assert kept == [1.25 * T / E, 2 * T / E]


def test_batch_prioritised_filling_spares_the_sure_tokens_wherever_they_stand() -> None:
    """By arrival the end of a batch is dropped; by priority the tokens that the router is least sure of."""
    x = random_tokens(1, D) * torch.linspace(1.0, 2.0, T).unsqueeze(-1)
    kept = {}
    orders: tuple[Any, ...] = ("arrival", "priority")
    for order in orders:
        with torch.no_grad():
            _, routing = layer(Capacity(test_capacity_factor=1.0, fill_order=order))(x)
        kept[order] = routing.kept.any(-1).nonzero().flatten().tolist()
        surest = routing.probs.amax(-1).topk(T // E).indices.sort().values.tolist()
    assert kept["arrival"] == list(range(T // E))
    assert kept["priority"] == surest != kept["arrival"]
