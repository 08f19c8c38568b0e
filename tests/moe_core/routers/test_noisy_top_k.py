"""The noisy top-k router by hand."""

import math

import pytest
import torch
from torch import Generator

from moe_core.config.routers import NoisyTopKRouterConfig
from moe_core.routers import NoisyTopKRouter
from tests.moe_core.cases import linear_router, random_tokens, route


def hand_made(k: int, router_noise: float = 1.0) -> NoisyTopKRouter:
    """Four experts whose clean logits for the token 1 are 3, 2, 1 and 0."""
    router = NoisyTopKRouter(d_model=1, num_experts=4, k=k, router_noise=router_noise, generator=Generator())
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[3.0], [2.0], [1.0], [0.0]]))
    return router


@pytest.mark.parametrize(
    ("router_noise", "std"), [(1.0, math.log(2) + 0.01), (2.0, 2 * math.log(2) + 0.01), (0.0, 0.01)]
)
def test_the_standard_deviation_starts_the_same_everywhere(router_noise: float, std: float) -> None:
    """W_noise starts at zero, and softplus(0) is ln 2. A factor of 0 leaves the 0.01."""
    routing = route(hand_made(2, router_noise), torch.tensor([[1.0], [-5.0]]))
    assert routing.noise_std is not None
    torch.testing.assert_close(routing.noise_std, torch.full((2, 4), std))


def test_the_standard_deviation_is_learned_for_each_expert_and_token() -> None:
    """softplus(z) = ln(1 + e^z): of ln 3 it is ln 4, of -ln 3 it is ln(4/3)."""
    router = hand_made(2)
    with torch.no_grad():
        router.noise_weight.copy_(torch.tensor([[1.0], [-1.0], [0.0], [2.0]]) * math.log(3))
    routing = route(router, torch.ones(1, 1))
    assert routing.noise_std is not None
    wanted = [math.log(ratio) + 0.01 for ratio in (4, 4 / 3, 2, 10)]
    assert routing.noise_std[0].tolist() == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("k", "gates"),
    [
        (1, [1.0, 0.0, 0.0, 0.0]),
        (2, [math.e / (math.e + 1), 1 / (math.e + 1), 0.0, 0.0]),
        (4, [math.exp(-rank) / sum(math.exp(-other) for other in range(4)) for rank in range(4)]),
    ],
)
def test_gates_in_evaluation_by_hand(k: int, gates: list[float]) -> None:
    """A softmax over the k highest clean logits."""
    assert route(hand_made(k).eval(), torch.ones(1, 1)).gates[0].tolist() == pytest.approx(gates)


def test_gates_in_training_are_a_softmax_over_the_chosen_noisy_logits() -> None:
    """Not over the clean ones: the noise is in the gate, so that its size has a gradient."""
    with torch.no_grad():
        routing = route(hand_made(2), torch.ones(50, 1))
    differs = 0
    for selection, logits, gates in zip(routing.selection, routing.logits, routing.gates, strict=True):
        first, second = selection.topk(2).indices.tolist()
        ratio = float((selection[second] - selection[first]).exp())
        wanted = [0.0] * 4
        wanted[first], wanted[second] = 1 / (1 + ratio), ratio / (1 + ratio)
        assert gates.tolist() == pytest.approx(wanted, abs=1e-6)
        clean = float((logits[second] - logits[first]).exp())
        differs += abs(wanted[first] - 1 / (1 + clean)) > 0.01
    assert differs > 40


def test_what_the_router_believes_has_no_noise() -> None:
    routing = route(hand_made(2), torch.ones(50, 1))
    torch.testing.assert_close(routing.probs, torch.tensor([3.0, 2.0, 1.0, 0.0]).softmax(-1).expand(50, 4))


def test_noise_tries_experts_that_the_clean_logits_would_not_choose() -> None:
    """Logits 3 and 2, sigma 0.703: the second beats the first where their draws differ by 1, so with probability
    Phi(-1 / (0.703 sqrt 2)) = 0.157, and the others win a little of that. In evaluation it never does."""
    x = torch.ones(4000, 1)
    router = hand_made(1)
    trained = float(route(router, x).assigned[:, 1].float().mean())
    assert 0.11 < trained < 0.157
    assert not route(router.eval(), x).assigned[:, 1].any()


def test_more_noise_spreads_the_load() -> None:
    loads = [route(hand_made(1, router_noise), torch.ones(4000, 1)).load[0] for router_noise in (0.0, 1.0, 4.0, 16.0)]
    assert float(loads[0]) == 1.0
    assert loads == sorted(loads, reverse=True)
    assert float(loads[-1]) < 0.4


def test_without_noise_it_is_the_renormalised_top_k_router() -> None:
    x = random_tokens(50, 3)
    noisy = route(linear_router(NoisyTopKRouterConfig(k=2), 3).eval(), x)
    in_training = route(linear_router(NoisyTopKRouterConfig(k=2, router_noise=0.0), 3), x)
    wanted = noisy.logits.masked_fill(~noisy.assigned, -torch.inf).softmax(-1)
    torch.testing.assert_close(noisy.gates, wanted)
    assert torch.equal(in_training.logits, noisy.logits)
    assert float((in_training.selection - in_training.logits).abs().max().detach()) < 0.05


@pytest.mark.parametrize("k", [0, 5, -1])
def test_a_k_that_cannot_be_chosen_is_refused(k: int) -> None:
    with pytest.raises(
        ValueError, match=f"^k = {k} was refused: it is a whole number from 1 to num_experts, which is 4"
    ):
        hand_made(k)


def test_the_noise_stream_comes_from_the_first_weights_stream() -> None:
    """So that one seed decides it."""
    states = [linear_router(NoisyTopKRouterConfig(), 3, seed=seed).noise for seed in (0, 0, 1)]
    one, same, other = (state.get_state() for state in states if state is not None)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_selection_bias_leaves_the_noise_in_the_choice() -> None:
    """A bias common to all experts changes no choice, so the same noise chooses the same."""
    with torch.no_grad():
        unbiased = route(hand_made(2), torch.ones(50, 1))
        router = hand_made(2)
        router.selection_bias.fill_(0.3)
        router.notice()
        biased = route(router, torch.ones(50, 1))
    assert torch.equal(biased.assigned, unbiased.assigned)
    assert len(biased.assigned.unique(dim=0)) > 1
