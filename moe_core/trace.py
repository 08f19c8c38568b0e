"""One token followed through the layer: its score at each expert, who was chosen, what each says, what comes out.

    y = sum_e g_e f_e(x) + what the shared experts say

Every number of that sum is kept, those of experts that were not asked among them.
"""

from dataclasses import dataclass

from torch import Tensor

from moe_core.layer import MoELayer
from moe_core.model import evaluation_mode


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


def trace(model: MoELayer, inputs: Tensor) -> Trace:
    """Follow one token (D,), in evaluation mode: nothing is drawn and nothing changes."""
    token = inputs.to(model.router.offset.device).unsqueeze(0)
    with evaluation_mode(model):
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
