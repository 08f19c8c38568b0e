"""What one token teaches the router: its loss, and the gradients that come back to its logits.

    slope_e    = a_e = dl/dg_e = dl/dy . y_e       how the loss l would change with the gate of expert e
    gradient_e = dl/dh_e = sum_j a_j dg_j/dh_e
    pull_e     = d(E sum_j f_j p_j)/dh_e,   for a softmax E p_e (f_e - sum_j f_j p_j)

The last is the balance loss of the Switch Transformer for this one token (arXiv 2101.03961, eq. 4): f is each expert's
share of the assignments, which has no gradient, p what the router believes. The mean over the tokens of a batch is what
a step follows, in both losses, so the two can be compared token by token.

What people get wrong: with k = 1 and renormalised gates the gate is 1 whatever the logits are. The task's gradient is
then exactly zero, and only the balance loss teaches the router.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from moe_core.layer import MoELayer
from moe_core.routing import Routing
from moe_core.tasks import Task
from moe_core.trace import looking

TaskLoss = Callable[[Tensor, Tensor, Routing, Tensor], Tensor]
"""inputs (T, D), outputs (T, C), their routing and targets, to the scalar that training lowers."""


@dataclass(frozen=True)
class TokenLosses:
    """Of one token: the loss, a scalar, and slopes, gradient and pull (E,), as above."""

    loss: Tensor
    slopes: Tensor
    gradient: Tensor
    pull: Tensor


def token_losses(
    model: MoELayer,
    inputs: Tensor,
    target: Tensor,
    *,
    task_loss: TaskLoss,
    load: Tensor,
    offsets: Tensor | None = None,
    draw: int | None = None,
) -> TokenLosses:
    """The loss of a token (D,) against its target, and what comes back to the logits. load (E,) is f.

    `offsets` and `draw` are those of `moe_core.trace.trace`. No `.grad` is touched.
    """
    token = inputs.to(load.device).unsqueeze(0)
    moved = torch.zeros_like(load) if offsets is None else offsets.to(load).clone()
    moved.requires_grad_()
    with looking(model, moved, draw):
        outputs, routing = model(token, limited=False)
        loss = task_loss(token, outputs, routing, target.unsqueeze(0))
        gradient, of_output = _gradients(loss, moved, outputs)
        (pull,) = _gradients(len(load) * (load * routing.probs[0]).sum(), moved)
        answers = model.expert_outputs(token)[:, 0]
    slopes = answers.detach() @ of_output[0]
    return TokenLosses(loss=loss.detach(), slopes=slopes, gradient=gradient, pull=pull)


def nearest_example(task: Task, inputs: Tensor) -> int:
    """The test example that lies nearest to inputs (D,), whose target these are then given."""
    apart = (task.test_inputs - inputs.to(task.test_inputs))[:, : task.num_coordinates]
    return int(apart.square().sum(-1).argmin())


def _gradients(loss: Tensor, *of: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, of, retain_graph=True, allow_unused=True, materialize_grads=True)
