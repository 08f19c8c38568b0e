"""Where a task's gradient reaches a router, and where it does not."""

import pytest
import torch
from torch import Tensor

from moe_core.config.routers import RouterConfig
from moe_core.routing import TokenRouting
from tests.moe_core.cases import (
    NUM_EXPERTS,
    is_softmax,
    own_logit_gates,
    random_tokens,
    router_name,
    sending_routers,
    small_layer,
)

T, D = 13, 3
ROUNDING = 1e-5

every_router = pytest.mark.parametrize(
    "config", [config for config in sending_routers() if config.learns], ids=router_name
)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])


def task_gradients(config: RouterConfig, training: bool) -> tuple[TokenRouting, dict[str, Tensor | None]]:
    """A routing, and the gradients of a loss on the layer's output: of the logits, and of every parameter by expert."""
    layer = small_layer(config, d_model=D, d_hidden=8, d_out=D).train(training)
    output, routing = layer(random_tokens(T, D))
    assert isinstance(routing, TokenRouting)
    by_expert = {n: p for n, p in layer.router.named_parameters() if n not in layer.router.shared_parameters}
    leaves = {"logits": routing.logits, **by_expert}
    loss = (output - random_tokens(T, D, seed=9)).square().sum()
    found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return routing, dict(zip(leaves, found, strict=True))


def compared_with_others(config: RouterConfig, routing: TokenRouting) -> Tensor:
    """Logits (T, E) that a gate depends on.

    Gates divided by their sum compare the best k with each other, also where one of these was left out afterwards; one
    alone has nothing to be compared with. Where how many are chosen varies, the chosen are compared. Gates that are
    probabilities compare each chosen expert with all. Others are scores by themselves, and each depends on its own.
    """
    k, sums = config.most_chosen(NUM_EXPERTS), routing.gates.sum(-1)
    complete = (routing.assigned.sum(-1) == k) & (sums > 0)
    whole = (sums - 1).abs() < ROUNDING
    if bool(complete.any()) and bool(whole[complete].all()):
        best = torch.zeros_like(routing.kept).scatter_(-1, routing.selection.topk(k).indices, True)
        return best & (k > 1)
    if bool(whole.all()):
        return routing.kept & (routing.kept.sum(-1, keepdim=True) > 1)
    if not is_softmax(routing) or own_logit_gates(routing):
        return routing.kept
    return routing.kept.any(-1, keepdim=True).expand_as(routing.kept)


@each_mode
@every_router
def test_the_task_teaches_exactly_the_logits_that_gates_depend_on(config: RouterConfig, training: bool) -> None:
    routing, gradients = task_gradients(config, training)
    gradient = gradients["logits"]
    assert gradient is not None
    depends = compared_with_others(config, routing)
    assert bool((gradient[~depends].abs() < ROUNDING).all())
    assert bool((gradient[depends] != 0).all())


@each_mode
@every_router
def test_every_row_that_the_task_can_teach_is_taught(config: RouterConfig, training: bool) -> None:
    """An expert's row of each parameter has a gradient when some token's gate depends on their logit."""
    routing, gradients = task_gradients(config, training)
    taught = compared_with_others(config, routing).any(0)
    for name in gradients.keys() - {"logits", "noise_weight"}:
        gradient = gradients[name]
        assert gradient is not None
        rows = gradient.reshape(NUM_EXPERTS, -1).abs().amax(-1)
        assert torch.equal(rows > ROUNDING, taught), name


@each_mode
@every_router
def test_what_only_shapes_the_noise_is_taught_in_training_where_gates_depend_on_it(
    config: RouterConfig, training: bool
) -> None:
    """In evaluation there is no noise, and a gate of one chosen expert is 1 whatever the noise was."""
    routing, gradients = task_gradients(config, training)
    if "noise_weight" not in gradients:
        assert routing.noise_std is None
        return
    gradient = gradients["noise_weight"]
    if not training:
        assert gradient is None
        return
    assert gradient is not None
    assert torch.equal(gradient.abs().amax(-1) > ROUNDING, compared_with_others(config, routing).any(0))


@every_router
def test_gradients_sum_to_zero_over_the_experts_where_only_differences_of_logits_count(config: RouterConfig) -> None:
    """If a constant added to all logits of a token changes no gate, as with a softmax, no gradient points that way."""
    routing, gradients = task_gradients(config, training=False)
    assert gradients["logits"] is not None
    if not is_softmax(routing) or own_logit_gates(routing):
        return
    torch.testing.assert_close(gradients["logits"].sum(-1), torch.zeros(T), rtol=0, atol=1e-4)
