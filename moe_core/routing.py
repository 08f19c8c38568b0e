"""What a router decides. Every router returns a routing; the layer, the losses, the metrics and the screen read it.

Shapes: T tokens, E experts, D width, S slots an expert.

Letters in formulas, here and on every page; an index t for the token is left out where there is one token only:

    x_t token   h_t logits   c_t selection   p_t probabilities   S_t the chosen experts   g_t gates
    y_te expert e's answer   y_t = sum_{e in S_t} g_te y_te, the output
    f_e load, expert e's share of all assignments   P_e importance, its mean probability   beta_e its selection bias
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from moe_core.config.cost import most_batched_pairs
from moe_core.dispatch import BatchedTokens, DispatchedTokens, GroupedTokens


@dataclass(frozen=True)
class TokenRouting:
    """Each token chooses among experts.

    logits (T, E)      scores without noise, over the temperature where there is one, with handicaps from outside
    selection (T, E)   what was compared when choosing: logits or scores, with noise, bias or a forced choice in
    probs (T, E)       what the router believes: normalised over experts, full, never masked to the top k
    assigned (T, E)    bool: chosen, before capacity
    kept (T, E)        bool: chosen and within capacity; dropped = assigned & ~kept
    gates (T, E)       combine weights as the paper has them; zero wherever kept is false
    residual (T,)      weight of the token itself in the output, or None
    capacity           most tokens an expert takes, or None for no limit
    noise_std (T, E)   standard deviation of the noise in `selection`, or None
    target             experts that a token should get on average, where how many varies and a loss sees to it, or None
    """

    logits: Tensor
    selection: Tensor
    probs: Tensor
    assigned: Tensor
    kept: Tensor
    gates: Tensor
    residual: Tensor | None = None
    capacity: int | None = None
    noise_std: Tensor | None = None
    target: int | None = None

    def dispatch(self, x: Tensor, work: int) -> DispatchedTokens:
        """Lay the tokens x (T, D) out for experts in which one token costs `work` (see `moe_core.config.cost`).

        The layout is chosen by size alone; the answer is the same.
        """
        num_experts = self.gates.shape[1]
        if self.gates.numel() <= most_batched_pairs(num_experts, work):
            return BatchedTokens.everywhere(x, num_experts)
        return GroupedTokens.chosen(x, self.kept)

    def combine(self, outputs: DispatchedTokens, x: Tensor) -> Tensor:
        """The layer's output (T, C): y_t = sum_{e in S_t} g_te y_te, and residual_t x_t where there is one.

        x (T, D) are the tokens. Raises ValueError for a residual where D is not C.
        """
        output = outputs.weighted_sum(self.gates)
        if self.residual is None:
            return output
        if output.shape != x.shape:
            sizes = f"has {x.shape[-1]} numbers and its output {output.shape[-1]}"
            raise ValueError(f"residual was refused: a token can be part of its own output only if it {sizes}.")
        return output + self.residual.unsqueeze(-1) * x

    @property
    def load(self) -> Tensor:
        """Share of all assignments that each expert received (E,). Counts, so it has no gradient.

        It sums to 1. Where nothing at all was assigned it is zero for each.
        """
        counts = self.assigned.sum(0)
        return counts / counts.sum().clamp(min=1)

    @property
    def importance(self) -> Tensor:
        """Mean probability of each expert (E,); it sums to 1 and has a gradient."""
        return self.probs.mean(0)


@dataclass(frozen=True)
class SlotRouting:
    """Each expert takes S slots, and each slot is a mixture of all tokens.

    Soft MoE, Puigcerver et al. 2023, arXiv 2308.00951.

    dispatch_weights (T, E, S)   sum to 1 over tokens
    combine_weights (T, E, S)    sum to 1 over experts and slots
    logits (T, E)                log sum_s exp of the slots' scores: their softmax over the experts are the probs

    What others read of a TokenRouting can be read here too: every token is assigned to every expert, and its gate there
    is what the expert's slots weigh in its output.
    """

    dispatch_weights: Tensor
    combine_weights: Tensor
    logits: Tensor

    capacity: ClassVar[None] = None
    residual: ClassVar[None] = None
    noise_std: ClassVar[None] = None
    target: ClassVar[None] = None

    def dispatch(self, x: Tensor, work: int) -> DispatchedTokens:
        """Mix the tokens x (T, D) into slots (E, S, D), whatever a token costs in an expert."""
        return BatchedTokens(torch.einsum("tes,td->esd", self.dispatch_weights, x))

    def combine(self, outputs: DispatchedTokens, x: Tensor) -> Tensor:
        """Mix the slots' outputs (E, S, C) back into tokens (T, C)."""
        return torch.einsum("tes,esd->td", self.combine_weights, outputs.values)

    @property
    def selection(self) -> Tensor:
        """Nothing is chosen, so what would be compared is the logits (T, E)."""
        return self.logits

    @property
    def probs(self) -> Tensor:
        """Combine weight of each expert's slots together (T, E)."""
        return self.combine_weights.sum(-1)

    @property
    def gates(self) -> Tensor:
        """The same as the probs (T, E)."""
        return self.probs

    @property
    def assigned(self) -> Tensor:
        """Every pair (T, E), bool, but those of an expert whose slots weigh nothing anywhere: it was killed."""
        return (self.probs > 0).any(0).expand_as(self.logits)

    @property
    def kept(self) -> Tensor:
        """Every pair (T, E), bool: nothing is dropped."""
        return self.assigned

    @property
    def load(self) -> Tensor:
        """Share of all slots that each expert holds (E,): equal by construction, and none where it was killed."""
        holds = self.assigned[0].to(self.logits)
        return holds / holds.sum()

    @property
    def importance(self) -> Tensor:
        """Mean combine weight of each expert (E,); it sums to 1 and has a gradient."""
        return self.combine_weights.sum(-1).mean(0)


Routing = TokenRouting | SlotRouting
