"""What experts are good at and whether they differ: by hand, and what leaves the numbers unchanged."""

import math

import pytest
import torch
from torch import Tensor

from moe_core.metrics import output_similarity, own_minus_others
from tests.moe_core.metrics.cases import SEEDS, permutation, random_assigned, seeded


def test_own_minus_others_by_hand() -> None:
    """Three experts, two tokens. Token 0 asks expert 0, right where the others are wrong: 1 - 0. Token 1 asks experts
    0 and 2: wrong where 1 and 2 are right, 0 - 1, and right where one of the others is, 1 - 1/2."""
    right = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assigned = torch.tensor([[True, False, False], [True, False, True]])
    assert own_minus_others(right, assigned) == pytest.approx((1 - 1 + 0.5) / 3)


def test_own_minus_others_ends_at_one_and_minus_one() -> None:
    right = torch.eye(4)
    assert own_minus_others(right, torch.eye(4).bool()) == 1.0
    assert own_minus_others(1 - right, torch.eye(4).bool()) == -1.0


def test_experts_that_all_know_the_same_are_worth_no_choice() -> None:
    right = (torch.rand(20, generator=seeded(0)) < 0.7).float().expand(5, 20)
    assert own_minus_others(right, random_assigned(20, 5, 2, seed=1)) == pytest.approx(0.0, abs=1e-7)


def test_a_token_that_asks_everybody_compares_each_with_the_rest() -> None:
    """What one expert leads by the others lag by, so that the mean over all of them is 0."""
    right = torch.rand(6, 30, generator=seeded(3))
    assert own_minus_others(right, torch.ones(30, 6, dtype=torch.bool)) == pytest.approx(0.0, abs=1e-6)


def test_a_lone_expert_has_no_others() -> None:
    assert own_minus_others(torch.ones(1, 4), torch.ones(4, 1, dtype=torch.bool)) == 0.0


def test_where_nothing_was_assigned_no_gap_is_made_up() -> None:
    assert math.isnan(own_minus_others(torch.ones(2, 3), torch.zeros(3, 2, dtype=torch.bool)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [1, 3])
def test_own_minus_others_is_its_definition_in_any_order(k: int, seed: int) -> None:
    right = (torch.rand(4, 25, generator=seeded(seed)) < 0.5).float()
    assigned = random_assigned(25, 4, k, seed)
    gaps = [
        float(right[e, t] - sum(right[other, t] for other in range(4) if other != e) / 3)
        for t, e in assigned.nonzero().tolist()
    ]
    gap = own_minus_others(right, assigned)
    assert gap == pytest.approx(sum(gaps) / len(gaps), abs=1e-6)
    assert -1 <= gap <= 1
    tokens, experts = permutation(25, seed), permutation(4, seed)
    shuffled = own_minus_others(right[experts][:, tokens], assigned[tokens][:, experts])
    assert shuffled == pytest.approx(gap, abs=1e-6)


def random_outputs(num_experts: int, num_tokens: int, num_outputs: int, seed: int) -> Tensor:
    return torch.randn(num_experts, num_tokens, num_outputs, generator=seeded(seed))


def test_output_similarity_by_hand() -> None:
    """Centred columns x = (1, -1, 0, 0), y = (1, -1, 1, -1), z = (0, 0, 1, -1), one output each.

    CKA is then the squared correlation: (x.y)^2 / (|x|^2 |y|^2) = 4 / (2 x 4) = 1/2, y and z the same, x.z = 0.
    """
    outputs = torch.tensor([[1.0, -1, 0, 0], [1, -1, 1, -1], [0, 0, 1, -1]]).unsqueeze(-1)
    wanted = torch.tensor([[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]])
    torch.testing.assert_close(output_similarity(outputs), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_output_similarity_is_the_cosine_of_the_centred_kernels(seed: int) -> None:
    """The other way to write it: K = X X^T between tokens, centred on both sides, one flat vector an expert."""
    outputs = random_outputs(3, 12, 4, seed).double()
    centring = torch.eye(12, dtype=torch.float64) - 1 / 12
    kernels = (centring @ outputs @ outputs.transpose(1, 2) @ centring).flatten(1)
    cosine = torch.nn.functional.cosine_similarity(kernels[:, None], kernels[None], dim=-1)
    torch.testing.assert_close(output_similarity(outputs), cosine)


@pytest.mark.parametrize("seed", SEEDS)
def test_output_similarity_ranges_over_zero_to_one_in_any_order(seed: int) -> None:
    outputs = random_outputs(5, 30, 3, seed)
    similarity = output_similarity(outputs)
    assert similarity.dtype == outputs.dtype
    assert bool(((similarity >= 0) & (similarity <= 1 + 1e-6)).all())
    torch.testing.assert_close(similarity, similarity.T)
    torch.testing.assert_close(similarity.diagonal(), torch.ones(5))
    torch.testing.assert_close(output_similarity(outputs[:, permutation(30, seed)]), similarity)
    order = permutation(5, seed)
    torch.testing.assert_close(output_similarity(outputs[order]), similarity[order][:, order])


def test_output_similarity_sees_no_shift_no_scale_no_rotation_and_no_sign() -> None:
    outputs = random_outputs(1, 40, 3, seed=0)[0]
    rotation = torch.linalg.qr(torch.randn(3, 3, generator=seeded(1))).Q
    alike = torch.stack([outputs, outputs + 5, 0.01 * outputs, outputs @ rotation, -outputs])
    torch.testing.assert_close(output_similarity(alike), torch.ones(5, 5))


def test_hidden_units_in_another_order_are_the_same_expert_to_it_and_not_to_their_weights() -> None:
    x = torch.randn(100, 4, generator=seeded(0))
    w_in = torch.randn(4, 16, generator=seeded(1))
    w_out = torch.randn(16, 3, generator=seeded(2))
    order = permutation(16, seed=3)
    outputs = torch.stack([(x @ w_in).relu() @ w_out, (x @ w_in[:, order]).relu() @ w_out[order]])
    weights = torch.stack([w_in.flatten(), w_in[:, order].flatten()])
    torch.testing.assert_close(output_similarity(outputs), torch.ones(2, 2))
    assert abs(float(torch.nn.functional.cosine_similarity(weights[0], weights[1], dim=0))) < 0.3


def test_an_expert_that_always_says_the_same_is_like_none() -> None:
    """0.1 and its like are not exact in binary, so that their mean is not quite themselves."""
    outputs = random_outputs(3, 101, 2, seed=0).double()
    outputs[1] = torch.tensor([0.1, -0.7], dtype=torch.float64)
    similarity = output_similarity(outputs)
    assert similarity[1].tolist() == similarity[:, 1].tolist() == [0.0, 0.0, 0.0]
    assert float(similarity[0, 0]) == pytest.approx(1.0)


@pytest.mark.parametrize(("num_tokens", "num_outputs"), [(10, 10), (40, 10), (1000, 10), (1000, 2)])
def test_unrelated_answers_look_alike_where_tokens_are_few(num_tokens: int, num_outputs: int) -> None:
    """About C / (C + T), here as the mean over all pairs of 12 experts."""
    similarity = output_similarity(random_outputs(12, num_tokens, num_outputs, seed=0))
    mean = float(similarity.triu(1).sum()) / 66
    assert mean == pytest.approx(num_outputs / (num_outputs + num_tokens), rel=0.15)
