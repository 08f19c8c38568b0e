"""Two losses pull at the router: the task wants each token with its best expert, the balance wants equal loads."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class TugOfWar:
    """The gradients of both losses on each expert's row of the router.

    task (E, P)      gradient of the task loss
    balance (E, P)   gradient of the balancing loss, coefficient included if the loss had it

    They are gradients: descent moves each row the other way.
    """

    task: Tensor
    balance: Tensor

    @property
    def cosine(self) -> Tensor:
        """Cosine between the two pulls on each expert (E,): 1 together, -1 against each other, 0 if either is zero.

        -1 is no damage. Near a stationary point the sum of the two gradients is zero, so that they must cancel: the
        rope is tight, and rests. What tells the two apart is the length of the sum, not the angle.
        """
        # In float64, since the gradients of an expert that nobody chooses may be too small to be squared in float32.
        task, balance = (
            functional.normalize(gradient.cpu().double(), dim=1, eps=torch.finfo(torch.float64).tiny)
            for gradient in (self.task, self.balance)
        )
        return (task * balance).sum(1).clamp(-1, 1).to(self.task.dtype)


def tug_of_war(task_loss: Tensor, balance_loss: Tensor, rows: Sequence[Tensor]) -> TugOfWar:
    """How each of two losses pulls at each expert's part of the router.

    rows are the router's parameters that have the expert as first axis, such as weight (E, D) and bias (E,). Each
    expert's gradients are flattened and put after one another: P = D + 1 for these two. A loss that does not depend on
    a parameter has gradient zero there. No `.grad` is touched, and both graphs stay for the backward pass to come.

    Raises ValueError if rows is empty or holds a parameter without a gradient, such as a frozen one.
    """
    if not rows or not all(row.requires_grad for row in rows):
        raise ValueError("rows: the router's parameters, at least one, and each must require a gradient.")
    return TugOfWar(task=_gradients(task_loss, rows), balance=_gradients(balance_loss, rows))


def _gradients(loss: Tensor, rows: Sequence[Tensor]) -> Tensor:
    """The loss's gradient on each expert's parameters (E, P)."""
    if loss.requires_grad:
        gradients = torch.autograd.grad(loss, rows, retain_graph=True, allow_unused=True, materialize_grads=True)
    else:
        gradients = tuple(torch.zeros_like(row) for row in rows)
    return torch.cat([gradient.reshape(len(gradient), -1) for gradient in gradients], dim=1)
