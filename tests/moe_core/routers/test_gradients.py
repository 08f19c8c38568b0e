"""Where a task's gradient reaches a router, and where it does not."""

import pytest
import torch
from torch import Tensor

from moe_core.config.routers import LinearRouterConfig, RouterConfig
from moe_core.layer import MoELayer
from moe_core.routers import LinearRouter
from moe_core.routing import TokenRouting
from tests.moe_core.cases import (
    is_softmax,
    mlp_experts,
    new_router,
    own_logit_gates,
    random_tokens,
    router_name,
    sending_routers,
)

T, D, E = 7, 3, 6
STEP = 1e-6

ROUTERS = [config for config in sending_routers() if config.learns]

every_router = pytest.mark.parametrize("config", ROUTERS, ids=router_name)
every_linear_router = pytest.mark.parametrize(
    "config", [config for config in ROUTERS if isinstance(config, LinearRouterConfig)], ids=router_name
)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])


class Taught:
    """A layer in float64 that a task teaches, and the task's loss. The noise is the same each time it is asked."""

    def __init__(self, config: RouterConfig, training: bool) -> None:
        self.router = new_router(config, D, E)
        self.layer = MoELayer(self.router, mlp_experts(E, D, 8, D, seed=1)).double().train(training)
        self.noise = self.router.noise.get_state() if self.router.noise else None

    def added_to_logits(self) -> Tensor:
        """What is from now on added to the logits (T, E): zeros, to be moved."""
        router, added = self.router, torch.zeros(T, E, dtype=torch.float64, requires_grad=True)
        assert isinstance(router, LinearRouter)
        logits = router.logits
        router.logits = lambda x: logits(x) + added  # type: ignore[method-assign]
        return added

    def routed(self) -> tuple[Tensor, TokenRouting]:
        """The loss on the layer's output, and the routing."""
        if self.router.noise and self.noise is not None:
            self.router.noise.set_state(self.noise)
        output, routing = self.layer(random_tokens(T, D).double())
        assert isinstance(routing, TokenRouting)
        return (output - random_tokens(T, D, seed=9).double()).square().sum(), routing

    def gradient(self, leaf: Tensor) -> Tensor:
        """As it is propagated backwards; zero where none arrives."""
        (found,) = torch.autograd.grad(self.routed()[0], leaf, allow_unused=True)
        return torch.zeros_like(leaf) if found is None else found

    def slope(self, leaf: Tensor, direction: Tensor) -> float:
        """How the loss changes when a leaf is moved: the difference of two losses over the distance."""
        with torch.no_grad():
            leaf += STEP * direction
            after = self.routed()[0]
            leaf -= 2 * STEP * direction
            before = self.routed()[0]
            leaf += STEP * direction
        return float((after - before) / (2 * STEP))


@each_mode
@every_linear_router
def test_the_task_teaches_each_logit_what_it_does_to_the_loss(config: RouterConfig, training: bool) -> None:
    """And nothing where a logit moves no gate, as those of experts that were not chosen where gates are divided."""
    taught = Taught(config, training)
    added = taught.added_to_logits()
    gradient = taught.gradient(added)
    for token in range(T):
        for expert in range(E):
            direction = torch.zeros_like(added)
            direction[token, expert] = 1.0
            slope = taught.slope(added, direction)
            assert float(gradient[token, expert]) == pytest.approx(slope, rel=1e-4, abs=1e-6), (token, expert)


@each_mode
@every_router
def test_the_task_teaches_each_row_what_it_does_to_the_loss(config: RouterConfig, training: bool) -> None:
    """Of every parameter, those that shape the noise too: in evaluation there is none, and they are taught nothing."""
    taught = Taught(config, training)
    for name, parameter in taught.router.named_parameters():
        gradient = taught.gradient(parameter)
        assert training or name != "noise_weight" or not gradient.any()
        num_rows = len(parameter) if parameter.ndim else 1
        for row in range(num_rows):
            rows = torch.zeros(num_rows, parameter.numel() // num_rows, dtype=torch.float64)
            rows[row] = random_tokens(1, rows.shape[1])[0]
            direction = rows.view_as(parameter)
            slope = taught.slope(parameter, direction)
            assert float((gradient * direction).sum()) == pytest.approx(slope, rel=1e-4, abs=1e-6), (name, row)


@every_router
def test_gradients_sum_to_zero_over_the_experts_where_only_differences_of_logits_count(config: RouterConfig) -> None:
    """If a constant added to all logits of a token changes no gate, as with a softmax, no gradient points that way."""
    loss, routing = Taught(config, training=False).routed()
    if not is_softmax(routing) or own_logit_gates(routing):
        return
    sums = torch.autograd.grad(loss, routing.logits)[0].sum(-1)
    torch.testing.assert_close(sums, torch.zeros_like(sums), rtol=0, atol=1e-9)
