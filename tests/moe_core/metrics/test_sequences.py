"""Balance inside sequences, by hand."""

import pytest
import torch

from moe_core.losses import load_balancing_loss, sequence_balance_loss
from moe_core.metrics import max_violation, sequence_violation, sequences
from moe_core.routing import TokenRouting
from tests.moe_core.cases import random_tokens, routing_of

SORTED = torch.eye(2, dtype=torch.bool).repeat_interleave(4, 0)
"""Eight tokens: the first four choose expert 1, the others expert 2."""

ALTERNATING = torch.eye(2, dtype=torch.bool).repeat(4, 1)
"""Eight tokens that choose the two experts in turn."""


def sure(assigned: torch.Tensor) -> TokenRouting:
    """A router that gives the chosen expert 0.9 and the other 0.1."""
    return routing_of(torch.where(assigned, 0.9, 0.1), assigned)


def test_tokens_are_cut_into_runs_and_what_is_left_over_is_left_out() -> None:
    assert sequences(torch.arange(7), 3).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert sequences(torch.zeros(8, 5), 4).shape == (2, 4, 5)


@pytest.mark.parametrize("length", [0, 9])
def test_a_length_that_makes_no_sequence_is_refused_by_its_name(length: int) -> None:
    with pytest.raises(ValueError, match=f"sequence_length = {length} was refused: it is from 1 to .*, 8"):
        sequence_violation(SORTED, length)


def test_a_balanced_batch_can_be_made_of_sequences_that_are_not() -> None:
    """Sorted, each sequence has one expert for all four tokens: twice the fair share, which is 1 over it."""
    assert max_violation(sure(SORTED).load) == 0.0
    assert sequence_violation(SORTED, 4) == 1.0
    assert sequence_violation(ALTERNATING, 4) == 0.0
    assert sequence_violation(SORTED, 8) == 0.0


def test_the_violation_is_the_mean_over_sequences() -> None:
    """Counts 3 and 1: 0.5 over the fair share of 2. Counts 2 and 2: nothing over it."""
    assigned = torch.tensor([0, 0, 0, 1, 0, 1, 1, 0]).unsqueeze(-1) == torch.arange(2)
    assert sequence_violation(assigned, 4) == pytest.approx(0.25)


def test_the_loss_by_hand() -> None:
    """Sorted: f = (2, 0) and P = (0.9, 0.1) in one sequence, the other way round in the other: 1.8 in both.

    Alternating: f = (1, 1), so that it is the sum of P, which is 1.
    """
    assert float(sequence_balance_loss(sure(SORTED), 4)) == pytest.approx(1.8)
    assert float(sequence_balance_loss(sure(ALTERNATING), 4)) == pytest.approx(1.0)
    assert float(load_balancing_loss(sure(SORTED))) == pytest.approx(1.0)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_loss_is_the_papers_sum(k: int) -> None:
    """Term by term: f_i = N / (K T) sum_t 1(token t chose i), P_i = (1/T) sum_t s_ti / sum_j s_tj."""
    num_experts, length, scores = 6, 5, random_tokens(20, 6).sigmoid()
    assigned = torch.zeros(20, 6, dtype=torch.bool).scatter_(-1, scores.topk(k).indices, True)
    routing = routing_of(scores / scores.sum(-1, keepdim=True), assigned)
    total = 0.0
    for start in range(0, 20, length):
        tokens = range(start, start + length)
        for expert in range(num_experts):
            f = num_experts / (k * length) * sum(int(assigned[t, expert]) for t in tokens)
            p = sum(float(scores[t, expert] / scores[t].sum()) for t in tokens) / length
            total += f * p
    assert float(sequence_balance_loss(routing, length)) == pytest.approx(total / 4, rel=1e-5)


@pytest.mark.parametrize("k", [1, 3])
def test_one_sequence_of_all_tokens_is_the_switch_loss(k: int) -> None:
    logits = random_tokens(16, 5)
    assigned = torch.zeros(16, 5, dtype=torch.bool).scatter_(-1, logits.topk(k).indices, True)
    routing = routing_of(logits.softmax(-1), assigned)
    torch.testing.assert_close(sequence_balance_loss(routing, 16), load_balancing_loss(routing))


def test_its_gradient_goes_through_the_probabilities_alone_and_lowers_the_busy_expert() -> None:
    logits = torch.tensor([[1.0, 0.0, 0.0]]).repeat(4, 1).requires_grad_()
    assigned = torch.eye(3, dtype=torch.bool)[:1].repeat(4, 1)
    (gradient,) = torch.autograd.grad(sequence_balance_loss(routing_of(logits.softmax(-1), assigned), 2), logits)
    assert bool((gradient[:, 0] > 0).all())
    assert bool((gradient[:, 1:] < 0).all())


def test_a_sequence_in_which_nobody_chose_anything_adds_nothing() -> None:
    assigned = SORTED & (torch.arange(8) < 4).unsqueeze(-1)
    assert float(sequence_balance_loss(routing_of(torch.full((8, 2), 0.5), assigned), 4)) == pytest.approx(0.5)
