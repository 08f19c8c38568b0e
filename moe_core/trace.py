"""One token followed through the layer: its score at each expert, who was chosen, what each says, what comes out.

    y = sum_{e in S} g_e y_e + what the shared experts say

Every number of that sum is kept, those of experts that were not asked among them. A person may move the logits, to see
what follows from them: for the time of the look a number is added to each, and nothing of the model changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from moe_core.layer import MoELayer


@dataclass(frozen=True)
class Trace:
    """What the router decides about one token, and what the experts answer: E experts, C outputs.

    logits, selection, probs, assigned, kept, gates (E,)   as in moe_core.routing.TokenRouting
    answers (E, C)                                         each expert's own answer, asked or not
    shared (C,)                                            what the shared experts add; zero without any
    answer (C,)                                            what the layer makes of them
    """

    logits: Tensor
    selection: Tensor
    probs: Tensor
    assigned: Tensor
    kept: Tensor
    gates: Tensor
    answers: Tensor
    shared: Tensor
    answer: Tensor


def trace(model: MoELayer, inputs: Tensor, offsets: Tensor | None = None, draw: int | None = None) -> Trace:
    """Follow one token (D,), in evaluation mode: nothing is drawn and nothing changes.

    offsets (E,) are added to the clean logits. With a `draw` the token is followed as in training instead: a router
    with noise draws it from a stream of that seed, which is no stream of the run.
    """
    token = inputs.to(model.router.offset.device).unsqueeze(0)
    with looking(model, offsets, draw), torch.inference_mode():
        outputs, routing = model(token, limited=False)
        answers, shared = model.expert_outputs(token), model.shared_output(token)
    return Trace(
        logits=routing.logits[0],
        selection=routing.selection[0],
        probs=routing.probs[0],
        assigned=routing.assigned[0],
        kept=routing.kept[0],
        gates=routing.gates[0],
        answers=answers[:, 0],
        shared=shared[0],
        answer=outputs[0],
    )


@contextmanager
def looking(model: MoELayer, offsets: Tensor | None, draw: int | None) -> Iterator[None]:
    """The time of one look at a model: see `trace`. Afterwards the model is as it was, in training."""
    router = model.router
    stream = router.noise
    model.train(draw is not None)
    router.moved = offsets
    if stream is not None and draw is not None:
        router.noise = Generator().manual_seed(draw)
    try:
        yield
    finally:
        router.moved, router.noise = None, stream
        model.train()
