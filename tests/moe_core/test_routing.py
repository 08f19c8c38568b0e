"""What a routing says of itself, and how it lays tokens out."""

import pytest
import torch

from moe_core.config.cost import most_batched_pairs
from moe_core.dispatch import BatchedTokens, GroupedTokens
from moe_core.routing import SlotRouting
from tests.moe_core.cases import random_tokens, routing_of

PROBS = torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])
ASSIGNED = torch.tensor([[True, True, False], [False, True, False]])


def test_load_is_the_share_of_assignments() -> None:
    """Three assignments, one to the first expert and two to the second."""
    torch.testing.assert_close(routing_of(PROBS, ASSIGNED).load, torch.tensor([1 / 3, 2 / 3, 0.0]))


def test_load_counts_what_was_assigned_and_not_what_fitted() -> None:
    kept = torch.zeros_like(ASSIGNED)
    assert torch.equal(routing_of(PROBS, ASSIGNED, kept).load, routing_of(PROBS, ASSIGNED).load)


def test_importance_is_the_mean_probability() -> None:
    torch.testing.assert_close(routing_of(PROBS, ASSIGNED).importance, torch.tensor([0.4, 0.5, 0.1]))


def test_load_is_one_share_however_many_experts_a_token_was_given() -> None:
    """Killed experts can leave tokens with fewer than k. Shares of the assignments sum to 1 all the same."""
    assigned = torch.tensor([[True, True, True], [False, True, False]])
    assert routing_of(PROBS, assigned).load.tolist() == pytest.approx([1 / 4, 2 / 4, 1 / 4])


@pytest.mark.parametrize("work", [500, 5000])
@pytest.mark.parametrize("num_experts", [1, 8, 16])
def test_the_layout_is_chosen_by_the_number_of_pairs(num_experts: int, work: int) -> None:
    """Up to most_batched_pairs token-expert pairs every expert is computed; from there on only the chosen ones."""
    num_tokens = most_batched_pairs(num_experts, work) // num_experts
    for extra, layout in ((0, BatchedTokens), (1, GroupedTokens)):
        x = random_tokens(num_tokens + extra, 2)
        probs = torch.full((len(x), num_experts), 1 / num_experts)
        assigned = torch.arange(num_experts).eq(0).expand_as(probs)
        assert isinstance(routing_of(probs, assigned).dispatch(x, work), layout)


def slot_routing() -> SlotRouting:
    """Four tokens, three experts with two slots each."""
    dispatch = random_tokens(4, 6).softmax(0).view(4, 3, 2)
    combine = random_tokens(4, 6, seed=3).softmax(1).view(4, 3, 2)
    return SlotRouting(dispatch, combine, combine.sum(-1).log())


def test_slots_are_mixtures_of_tokens() -> None:
    routing, x = slot_routing(), random_tokens(4, 5)
    dispatched = routing.dispatch(x, work=1)
    assert isinstance(dispatched, BatchedTokens)
    for expert in range(3):
        for slot in range(2):
            wanted = torch.zeros(5)
            for token in range(4):
                wanted += routing.dispatch_weights[token, expert, slot] * x[token]
            torch.testing.assert_close(dispatched.values[expert, slot], wanted)


def test_tokens_are_mixtures_of_slots() -> None:
    routing, outputs = slot_routing(), random_tokens(3 * 2, 5).view(3, 2, 5)
    combined = routing.combine(BatchedTokens(outputs), random_tokens(4, 5))
    for token in range(4):
        wanted = torch.zeros(5)
        for expert in range(3):
            for slot in range(2):
                wanted += routing.combine_weights[token, expert, slot] * outputs[expert, slot]
        torch.testing.assert_close(combined[token], wanted)


def test_slots_load_every_expert_equally() -> None:
    assert slot_routing().load.tolist() == pytest.approx([1 / 3] * 3)


def test_importance_of_slots_is_the_mean_combine_weight() -> None:
    routing = slot_routing()
    wanted = [float(sum(routing.combine_weights[t, e, s] for t in range(4) for s in range(2)) / 4) for e in range(3)]
    assert routing.importance.tolist() == pytest.approx(wanted)
    assert float(routing.importance.sum()) == pytest.approx(1.0)
