"""Top-2 gating with a random second expert (GShard, Lepikhin et al. 2020, arXiv 2006.16668, algorithm 1).

    p = softmax(W x + b),   i, j = the two experts with the largest p_e
    g_i = p_i / (p_i + p_j),   g_j = p_j / (p_i + p_j)
    y = g_i y_i + m g_j y_j,   m = 1 with probability min(1, g_j / second_threshold), else 0

A second expert that would hardly count is mostly left out, which saves its work and its place where experts have a
capacity; one that matters is asked. The threshold is 0.2 in Mesh TensorFlow's code; algorithm 1 has 2 g_j > U(0, 1),
which is 0.5 here. second_expert = all asks it always.

In evaluation the second expert is always asked: no random number is drawn, and y is then the mixture by which both were
weighed. The reference code draws in evaluation too, so its answers differ from one reading to the next.

What people get wrong: the gates are divided by their sum before the draw, so g_i alone is less than 1 and is not made
larger. In that code a capacity factor counts tokens, not assignments: see `moe_core.capacity`. And the paper's own
balance loss counts first choices only; the balancer switch_loss counts both.
"""

from typing import Any, Literal, final

import torch
from torch import Generator, Tensor

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import gates_of_chosen
from moe_core.routing import TokenRouting


@final
class GShardRouter(LinearRouter):
    """Choose the two best of E experts, or the one there is. `linear` holds LinearRouter's options.

    Raises ValueError for a second_threshold that is not over 0: every share of it is then infinite.
    """

    def __init__(
        self,
        *,
        num_experts: int,
        generator: Generator,
        second_expert: Literal["random", "all"] = "random",
        second_threshold: float = 0.2,
        **linear: Any,
    ) -> None:
        super().__init__(num_experts=num_experts, generator=generator, **linear)
        if not second_threshold > 0.0:
            raise ValueError(f"second_threshold = {second_threshold} was refused: it is a number over 0.")
        self.noise = Generator().manual_seed(int(torch.randint(2**62, (), generator=generator)))
        self.second_expert = second_expert
        self.second_threshold = second_threshold

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        best_two, selection = self.choose(logits, min(2, logits.shape[-1]), probs)
        gates = gates_of_chosen(probs, best_two, renormalize=True)
        drawn = self.training and self.second_expert == "random"
        assigned = best_two & self._asked(selection, gates) if drawn else best_two
        return TokenRouting(
            logits=logits, selection=selection, probs=probs, assigned=assigned, kept=assigned, gates=gates * assigned
        )

    def _asked(self, selection: Tensor, gates: Tensor) -> Tensor:
        """Which experts (T, E) the draw leaves: the first always, any other by chance. One draw a token."""
        first = torch.zeros_like(selection, dtype=torch.bool).scatter_(-1, selection.argmax(-1, keepdim=True), True)
        draws = torch.rand((len(gates), 1), generator=self.noise).to(gates)
        return first | (draws * self.second_threshold < gates)
