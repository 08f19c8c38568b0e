"""Claims about balancing without a loss that are often stated wrongly. Each test is named after what is true."""

import pytest
import torch

from moe_core.config.routers import RouterConfig
from moe_core.trainer import Trainer
from tests.moe_core.balancers.test_loss_free import every_biased_router, every_config
from tests.moe_core.cases import NUM_EXPERTS, new_router, random_tokens, route, small_config

T, D = 64, 3
BIAS = torch.tensor([0.15, -0.1, 0.05, 0.0, -0.2, 0.1])


@every_config
def test_the_bias_is_not_in_the_gates(config: RouterConfig) -> None:
    """A common bug. Where two biases lead to the same choice, gates and probabilities are bitwise the same."""
    router, x = new_router(config, D).eval(), random_tokens(T, D)
    plain = route(router, x)
    router.selection_bias.copy_(BIAS)
    router.notice()
    biased = route(router, x)
    assert torch.equal(biased.logits, plain.logits)
    assert torch.equal(biased.probs, plain.probs)
    unmoved = (biased.assigned == plain.assigned).all(-1)
    assert unmoved.any()
    torch.testing.assert_close(biased.gates[unmoved], plain.gates[unmoved], rtol=1e-6, atol=0)


@every_biased_router
def test_the_bias_is_not_learned_by_gradient(router: str) -> None:
    """It is no parameter, the optimizer does not know it, and at rate 0 training leaves it where it is."""
    trainer = Trainer(small_config(router=router, balancer="loss_free", bias_rate=0.0))
    bias = trainer.model.router.selection_bias
    assert not bias.requires_grad
    assert not any(bias is parameter for parameter in trainer.model.parameters())
    bias.copy_(torch.tensor([0.1, -0.1, 0.0, 0.0]))
    trainer.notice()
    for _ in range(5):
        trainer.step()
    assert trainer.model.router.selection_bias.tolist() == pytest.approx([0.1, -0.1, 0.0, 0.0])


@every_config
def test_the_sign_is_plus_for_the_expert_with_too_few_tokens(config: RouterConfig) -> None:
    """A larger bias brings an expert more tokens, or as many, and a smaller one fewer: never the other way round."""
    router, x = new_router(config, D).eval(), random_tokens(T, D)
    for expert in range(NUM_EXPERTS):
        counts = []
        for bias in (-0.5, -0.1, 0.0, 0.1, 0.5):
            router.selection_bias.zero_()
            router.selection_bias[expert] = bias
            router.notice()
            counts.append(int(route(router, x).assigned[:, expert].sum()))
        assert counts == sorted(counts)


@every_config
def test_subtracting_the_mean_from_the_biases_changes_no_choice(config: RouterConfig) -> None:
    router, x = new_router(config, D).eval(), random_tokens(T, D)
    router.selection_bias.copy_(BIAS + 0.25)
    router.notice()
    before = route(router, x)
    router.selection_bias -= router.selection_bias.mean()
    router.notice()
    after = route(router, x)
    assert torch.equal(before.assigned, after.assigned)
    assert torch.equal(before.gates, after.gates)
