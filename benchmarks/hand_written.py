"""The default 2-D step as one would write it by hand for speed: the rival of moe_core.trainer in the step benchmark.

It does the same work in the fewest torch calls found: a top-2 mixture of eight experts with renormalised gates and the
Switch balancing loss, and two plain networks, taught by the same batches with one Adam; every tenth step all are judged
on the test split. It has no settings, no commands, no log, no kept states and no check that anything is finite.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from moe_core.tasks import Task
from moe_core.trainer import EVALUATE_EVERY

NUM_EXPERTS, D_MODEL, D_HIDDEN, NUM_CLASSES, BATCH, TOP, PLAIN_HIDDEN, WIDE_HIDDEN = 8, 2, 16, 2, 256, 2, 36, 136
ALPHA = 0.1


def hand_written_step(task: Task) -> Callable[[], float]:
    """Build the models and return the step: a function that trains once and returns the loss."""
    x_train, y_train = task.train_inputs, task.train_targets
    x_test, y_test = task.test_inputs, task.test_targets

    def weights(*shape: int) -> Tensor:
        return (torch.randn(*shape) * 0.3).requires_grad_()

    w_router, b_router = weights(NUM_EXPERTS, D_MODEL), weights(NUM_EXPERTS)
    w_in, b_in = weights(NUM_EXPERTS, D_MODEL, D_HIDDEN), weights(NUM_EXPERTS, 1, D_HIDDEN)
    w_out, b_out = weights(NUM_EXPERTS, D_HIDDEN, NUM_CLASSES), weights(NUM_EXPERTS, 1, NUM_CLASSES)
    plain, wide = (
        [weights(D_MODEL, width), weights(width), weights(width, NUM_CLASSES), weights(NUM_CLASSES)]
        for width in (PLAIN_HIDDEN, WIDE_HIDDEN)
    )
    parameters = [w_router, b_router, w_in, b_in, w_out, b_out, *plain, *wide]
    optimizer = torch.optim.Adam(parameters, lr=0.02, fused=True)
    steps = 0

    def mixture(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        probs = functional.linear(x, w_router, b_router).softmax(-1)
        top, chosen = probs.topk(TOP)
        gates = torch.zeros_like(probs).scatter(1, chosen, top / top.sum(-1, keepdim=True))
        hidden = torch.baddbmm(b_in, x.expand(NUM_EXPERTS, *x.shape), w_in).relu()
        outputs = torch.baddbmm(b_out, hidden, w_out)
        return torch.bmm(gates.unsqueeze(1), outputs.transpose(0, 1)).squeeze(1), probs, gates

    def network(x: Tensor, w_in: Tensor, b_in: Tensor, w_out: Tensor, b_out: Tensor) -> Tensor:
        return torch.addmm(b_out, torch.addmm(b_in, x, w_in).relu(), w_out)

    @torch.inference_mode()
    def judge() -> list[float]:
        scores, probs, gates = mixture(x_test)
        answers = (scores, network(x_test, *plain), network(x_test, *wide))
        return torch.stack(
            [
                *(functional.cross_entropy(answer, y_test) for answer in answers),
                *((answer.argmax(-1) == y_test).float().mean() for answer in answers),
                torch.special.entr((gates > 0).float().mean(0) / TOP).sum().exp(),
                torch.special.entr(probs).sum(-1).mean(),
            ]
        ).tolist()

    def step() -> float:
        nonlocal steps
        batch = torch.randint(len(y_train), (BATCH,))
        x, y = x_train[batch], y_train[batch]
        scores, probs, gates = mixture(x)
        loss = functional.cross_entropy(scores, y)
        balance = NUM_EXPERTS / TOP * ((gates > 0).float().mean(0) * probs.mean(0)).sum()
        rivals = functional.cross_entropy(network(x, *plain), y) + functional.cross_entropy(network(x, *wide), y)
        torch.autograd.backward(loss + ALPHA * balance + rivals)
        optimizer.step()
        optimizer.zero_grad()
        steps += 1
        if steps % EVALUATE_EVERY == 0:
            judge()
        return loss.item()

    return step
