"""The sigmoid router by hand."""

import pytest
import torch
from torch import Generator

from moe_core.config.routers import GroupLimitedRouterConfig, SigmoidRouterConfig
from moe_core.routers import SigmoidRouter
from moe_core.routing import TokenRouting
from tests.moe_core.cases import linear_router, random_tokens, route


def hand_made(k: int, renormalize: bool) -> TokenRouting:
    """One token whose sigmoids are 0.9, 0.6, 0.3 and 0.2: they sum to 2."""
    router = SigmoidRouter(d_model=1, num_experts=4, k=k, renormalize=renormalize, generator=Generator())
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[0.9], [0.6], [0.3], [0.2]]).logit())
    return route(router, torch.ones(1, 1))


@pytest.mark.parametrize(
    ("k", "renormalize", "gates"),
    [
        (1, False, [0.9, 0, 0, 0]),
        (1, True, [1, 0, 0, 0]),
        (2, False, [0.9, 0.6, 0, 0]),
        (2, True, [0.6, 0.4, 0, 0]),
        (3, True, [0.5, 1 / 3, 1 / 6, 0]),
        (4, False, [0.9, 0.6, 0.3, 0.2]),
        (4, True, [0.45, 0.3, 0.15, 0.1]),
    ],
)
def test_gates_by_hand(k: int, renormalize: bool, gates: list[float]) -> None:
    assert hand_made(k, renormalize).gates[0].tolist() == pytest.approx(gates, abs=1e-6)


def test_probabilities_are_the_sigmoids_over_their_sum() -> None:
    for k in (1, 4):
        assert hand_made(k, True).probs[0].tolist() == pytest.approx([0.45, 0.3, 0.15, 0.1])


def test_without_renormalisation_gates_can_sum_to_more_than_one() -> None:
    assert float(hand_made(2, False).gates.detach().sum()) == pytest.approx(1.5)


@pytest.mark.parametrize("k", [1, 2])
def test_experts_do_not_compete_without_renormalisation(k: int) -> None:
    """A chosen gate moves with its own logit alone; of a softmax every logit has a part in it."""
    routing = route(linear_router(SigmoidRouterConfig(k=k, renormalize=False), 3), random_tokens(20, 3))
    for token in range(20):
        for expert in routing.assigned[token].nonzero().flatten().tolist():
            gate = routing.gates[token, expert]
            (gradient,) = torch.autograd.grad(gate, routing.logits, retain_graph=True)
            assert gradient[token].nonzero().flatten().tolist() == [expert]
            assert gradient[token, expert].item() == pytest.approx((gate * (1 - gate)).item(), rel=1e-4)


def test_a_router_that_is_sure_of_nobody_leaves_numbers() -> None:
    """All sigmoids round to zero, and their shares do not: they are as the logits differ."""
    router = linear_router(SigmoidRouterConfig(k=2), 1, num_experts=5)
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[-1000.0], [-1001.0], [-1002.0], [-1100.0], [-1100.0]]))
        assert router.bias is not None
        router.bias.zero_()
    routing = route(router, torch.ones(1, 1))
    assert not routing.logits.sigmoid().any()
    assert routing.probs[0, :3].tolist() == pytest.approx([0.6652, 0.2447, 0.0900], abs=1e-4)
    assert routing.gates[0, :2].tolist() == pytest.approx([0.7311, 0.2689], abs=1e-4)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_under_a_bias_it_chooses_as_group_limited_routing_with_one_group_does(k: int) -> None:
    """By s + b, as DeepSeek-V3 does. Were s divided by its sum first, the bias would weigh more."""
    x = random_tokens(200, 3)
    one_group = GroupLimitedRouterConfig(k=k, num_groups=1, groups_kept=1, score="sigmoid")
    routings = []
    for config in (SigmoidRouterConfig(k=k, renormalize=True), one_group):
        router = linear_router(config, 3, num_experts=5).eval()
        router.selection_bias.copy_(torch.tensor([0.3, -0.2, 0.1, 0.0, -0.2]))
        router.notice()
        routings.append(route(router, x))
    sigmoid, grouped = routings
    assert torch.equal(sigmoid.logits, grouped.logits)
    torch.testing.assert_close(sigmoid.selection, grouped.selection)
    assert torch.equal(sigmoid.assigned, grouped.assigned)
    torch.testing.assert_close(sigmoid.gates, grouped.gates)


@pytest.mark.parametrize("k", [0, 5, -1])
def test_a_k_that_cannot_be_chosen_is_refused(k: int) -> None:
    with pytest.raises(
        ValueError, match=f"^k = {k} was refused: it is a whole number from 1 to num_experts, which is 4"
    ):
        hand_made(k, True)
