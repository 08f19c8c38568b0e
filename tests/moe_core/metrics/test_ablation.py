"""The layer without one of its experts: by hand, and against leaving the expert out of the sum."""

import pytest
import torch

from moe_core.metrics import without_each_expert
from tests.moe_core.metrics.cases import SEEDS, permutation, random_assigned, random_probs, seeded


def test_by_hand() -> None:
    """One token with gates 0.6, 0.3 and 0 over answers 10, 20 and 30: the full answer is 12."""
    outputs = torch.tensor([[[10.0]], [[20.0]], [[30.0]]])
    gates = torch.tensor([[0.6, 0.3, 0.0]])
    torch.testing.assert_close(without_each_expert(outputs, gates).flatten(), torch.tensor([6.0, 6.0, 12.0]))


def test_a_token_that_chose_one_expert_alone_is_left_with_nothing() -> None:
    """Exactly nothing: what is taken away is what had been added."""
    outputs = torch.randn(4, 50, 3, generator=seeded(0))
    gates = random_probs(50, 4, seed=1)
    gates = gates * (gates == gates.amax(1, keepdim=True))
    without = without_each_expert(outputs, gates)
    own = gates.argmax(1)
    assert bool((without[own, torch.arange(50)] == 0).all())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_it_is_the_sum_over_the_other_experts_with_their_gates_as_they_were(k: int, seed: int) -> None:
    outputs = torch.randn(5, 20, 3, generator=seeded(seed))
    gates = random_probs(20, 5, seed) * random_assigned(20, 5, k, seed)
    without = without_each_expert(outputs, gates)
    for expert in range(5):
        others = [e for e in range(5) if e != expert]
        wanted = torch.einsum("te,etc->tc", gates[:, others], outputs[others])
        torch.testing.assert_close(without[expert], wanted, atol=1e-5, rtol=1e-5)


def test_the_order_of_experts_and_tokens_orders_the_answers() -> None:
    outputs = torch.randn(5, 20, 3, generator=seeded(0))
    gates = random_probs(20, 5, seed=0)
    experts, tokens = permutation(5, 0), permutation(20, 0)
    shuffled = without_each_expert(outputs[experts][:, tokens], gates[tokens][:, experts])
    torch.testing.assert_close(shuffled, without_each_expert(outputs, gates)[experts][:, tokens])
