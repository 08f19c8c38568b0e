"""Soft MoE by its definition, one slot at a time."""

import pytest
import torch
from torch import Tensor

from moe_core.layer import MoELayer
from moe_core.routers import SoftRouter
from moe_core.routers.router import KILLED
from moe_core.routing import SlotRouting
from tests.moe_core.cases import mlp_experts, random_tokens, seeded
from tests.moe_core.naive_layer import naive_expert

T, D, E, S = 7, 3, 4, 2


def router(slots: int = S, scale: float = 1.0) -> SoftRouter:
    soft = SoftRouter(d_model=D, num_experts=E, slots_per_expert=slots, generator=seeded(0))
    with torch.no_grad():
        soft.scale.fill_(scale)
    return soft


def slots_of(soft: SoftRouter, x: Tensor) -> SlotRouting:
    routing = soft(x)
    assert isinstance(routing, SlotRouting)
    return routing


def softmax(scores: list[Tensor]) -> list[Tensor]:
    powers = [score.exp() for score in scores]
    return [power / torch.stack(powers).sum() for power in powers]


def naive(soft: SoftRouter, x: Tensor, layer: MoELayer) -> Tensor:
    """Each score is a cosine times the scale; each slot a mean of tokens, each output a mean of answers."""
    slots = [(expert, slot) for expert in range(E) for slot in range(soft.weight.shape[1])]

    def cosine(token: Tensor, expert: int, slot: int) -> Tensor:
        phi = soft.weight[expert, slot]
        return soft.scale * (token @ phi) / (token.square().sum().sqrt() * phi.square().sum().sqrt())

    answers = []
    for expert, slot in slots:
        shares = softmax([cosine(token, expert, slot) for token in x])
        content = torch.stack([share * token for share, token in zip(shares, x, strict=True)]).sum(0)
        answers.append(naive_expert(layer.experts, expert, content))
    outputs = []
    for token in x:
        weights = softmax([cosine(token, expert, slot) for expert, slot in slots])
        outputs.append(torch.stack([w * answer for w, answer in zip(weights, answers, strict=True)]).sum(0))
    return torch.stack(outputs)


@pytest.mark.parametrize("scale", [1.0, 8.0])
@pytest.mark.parametrize("slots", [1, 2, 5])
@pytest.mark.parametrize("training", [True, False])
def test_the_layer_is_its_definition(training: bool, slots: int, scale: float) -> None:
    soft = router(slots, scale)
    layer = MoELayer(soft, mlp_experts(E, D, 6, 2)).train(training)
    x = random_tokens(T, D).requires_grad_()
    output, _ = layer(x)
    wanted = naive(soft, x, layer)
    torch.testing.assert_close(output, wanted, rtol=1e-4, atol=1e-5)
    leaves, direction = [x, *layer.parameters()], random_tokens(T, 2, seed=3)
    gradients, its = (torch.autograd.grad(made, leaves, direction) for made in (output, wanted))
    for mine, other in zip(gradients, its, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-3, atol=1e-5)


def test_slots_are_means_of_tokens_and_outputs_means_of_slots() -> None:
    routing = router()(random_tokens(T, D))
    assert isinstance(routing, SlotRouting)
    torch.testing.assert_close(routing.dispatch_weights.sum(0), torch.ones(E, S))
    torch.testing.assert_close(routing.combine_weights.sum((1, 2)), torch.ones(T))
    torch.testing.assert_close(routing.probs, routing.logits.softmax(-1))


def test_the_scale_starts_at_one_and_is_learned() -> None:
    soft = SoftRouter(d_model=D, num_experts=E, generator=seeded(0))
    assert float(soft.scale.detach()) == 1.0
    (gradient,) = torch.autograd.grad(soft(random_tokens(T, D)).probs.square().sum(), [soft.scale])
    assert float(gradient.abs()) > 0.0


def test_the_length_of_a_token_does_not_sway_its_slots() -> None:
    soft, x = router(), random_tokens(T, D)
    torch.testing.assert_close(slots_of(soft, x).combine_weights, slots_of(soft, 100.0 * x).combine_weights)


def test_every_expert_and_every_slot_has_a_gradient_from_one_token() -> None:
    soft = router()
    layer = MoELayer(soft, mlp_experts(E, D, 6, 2))
    output, _ = layer(random_tokens(T, D))
    gradients = torch.autograd.grad(output[0].square().sum(), [soft.weight, *layer.experts.parameters()])
    assert bool((gradients[0].abs().sum(-1) > 0).all())
    assert all(bool((gradient.flatten(1).abs().sum(-1) > 0).all()) for gradient in gradients[1:])


def test_a_killed_experts_slots_weigh_nothing_and_the_rest_share_its_part() -> None:
    soft, x = router(), random_tokens(T, D)
    whole = slots_of(soft, x)
    soft.offset[2] = KILLED
    soft.notice()
    routing = slots_of(soft, x)
    assert not routing.combine_weights[:, 2].any()
    assert not routing.assigned[:, 2].any()
    assert routing.load.tolist() == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])
    rest = [0, 1, 3]
    share = whole.combine_weights[:, rest].sum((1, 2), keepdim=True)
    torch.testing.assert_close(routing.combine_weights[:, rest], whole.combine_weights[:, rest] / share)


def test_what_a_token_gets_depends_on_its_company() -> None:
    """Alone it is its own mean, so each expert answers it as it is."""
    layer = MoELayer(router(), mlp_experts(E, D, 6, 2)).eval()
    x = random_tokens(T, D)
    with torch.no_grad():
        together, _ = layer(x)
        alone, routing = layer(x[:1])
        answers = layer.expert_outputs(x[:1])[:, 0]
    torch.testing.assert_close(alone[0], (routing.probs[0].unsqueeze(-1) * answers).sum(0))
    assert float((together[0] - alone[0]).abs().max()) > 0.01


def test_no_slots_are_refused() -> None:
    with pytest.raises(ValueError, match="slots_per_expert = 0 was refused"):
        SoftRouter(d_model=D, num_experts=E, slots_per_expert=0, generator=seeded(0))
