"""The gates of a hierarchical mixture of experts, two levels (Jordan and Jacobs 1994, Neural Computation 6:181).

    g_i = softmax_i(V x + v)                   the top gate, over B branches
    g_j|i = softmax_j in branch i (W x + b)    the gate of branch i, over its E / B experts
    y = sum_i g_i sum_j g_j|i y_ij,            so the gate of an expert is p_ij = g_i g_j|i

The top gate cuts space roughly, and each branch cuts its part again, by fewer and simpler boundaries than one softmax
over all experts. Here it is trained by gradient, on any experts; `moe_core.hme` has the paper's own way, by EM. B is 2
by default, as small as a hierarchy can be.

What people get wrong: the gates of a branch sum to 1 in every branch, also in those that the top gate rules out; only
their products sum to 1 over all experts.
"""

from typing import Any, ClassVar, final

from torch import Generator, Tensor, nn
from torch.nn import functional

from moe_core.routers.linear import LinearRouter, RouterInit, start_rows
from moe_core.routing import TokenRouting


@final
class HierarchicalRouter(LinearRouter):
    """Ask all E experts, by B gates under one. Raises ValueError for a B that does not divide E.

    weight (E, D), bias (E,)           W and b: the experts' rows, branch after branch
    top_weight (B, D), top_bias (B,)   V and v: they belong to no single expert, and start as the others do

    The temperature divides log p_ij, as it divides the logits of other routers. The remaining options are
    LinearRouter's.
    """

    shared_parameters: ClassVar[frozenset[str]] = frozenset({"top_weight", "top_bias"})

    def __init__(
        self,
        *,
        d_model: int,
        num_experts: int,
        generator: Generator,
        num_branches: int,
        router_init: RouterInit = "normal",
        router_init_scale: float = 1.0,
        **linear: Any,
    ) -> None:
        if num_branches < 1 or num_experts % num_branches:
            reason = f"it divides num_experts, which is {num_experts}"
            raise ValueError(f"num_branches = {num_branches} was refused: {reason}.")
        start: dict[str, Any] = {"router_init": router_init, "router_init_scale": router_init_scale}
        super().__init__(d_model=d_model, num_experts=num_experts, generator=generator, **start, **linear)
        self.num_branches = num_branches
        rows, biases = start_rows(router_init, num_branches, d_model, generator)
        self.top_weight = nn.Parameter(router_init_scale * rows)
        self.top_bias = None if self.bias is None else nn.Parameter(router_init_scale * biases)

    def logits(self, x: Tensor) -> Tensor:
        """log g_i + log g_j|i, over the temperature: x (T, D) to (T, E)."""
        top = functional.linear(x, self.top_weight, self.top_bias)
        size = len(self.weight) // self.num_branches
        lower = functional.linear(x, self.weight, self.bias).view(len(x), self.num_branches, size)
        if self.touched:
            # A branch is handicapped as its least handicapped expert is. What is added counts in full, however hot.
            offset = self.offset.view(self.num_branches, -1) * max(self.temperature, 1.0)
            top, lower = top + offset.amax(-1), lower + offset
        logits = (top.log_softmax(-1).unsqueeze(-1) + lower.log_softmax(-1)).flatten(-2)
        if self.temperature != 1.0:
            logits = logits / self.temperature
        return logits if self.moved is None else logits + self.moved

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        assigned, selection = self.choose(logits, logits.shape[-1], probs)
        return TokenRouting(
            logits=logits, selection=selection, probs=probs, assigned=assigned, kept=assigned, gates=probs
        )
