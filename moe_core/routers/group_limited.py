"""Group-limited routing: a token chooses groups of experts, then experts inside them (DeepSeek-V2, DeepSeek-AI 2024,
arXiv 2405.04434, section 2.2.2; DeepSeek-V3, DeepSeek-AI 2024, arXiv 2412.19437, eq. 12 to 16).

A group is what one machine holds, so that a token travels to few machines however many experts it asks. beta is the
selection bias, which is zero unless a balancer moves it.

    h = W x + b,   s = softmax(h)  or  sigmoid(h)
    score of a group = its largest s_e + beta_e            (V2: max)
                       the sum of its two largest          (V3: top2)
    S = the k largest s_e + beta_e inside the groups_kept best groups
    g_e = routed_scaling s_e                               (softmax: as they are)
    g_e = routed_scaling s_e / sum_{j in S} s_j            (sigmoid: renormalised)

Shapes: x (T, D), h, s and g (T, E), a group's score (T, G) with E/G experts in each. Defaults: 4 groups, 2 kept,
k = 2, max, softmax, scaling 1, for 8 experts. V2 has 160 experts in 8 groups, 3 kept, k = 6, scaling 16. V3 has 256
in 8 groups, 4 kept, k = 8, top2, sigmoid, scaling 2.5.

What people get wrong: the bias is in the groups' scores too, and still in no gate; groups that are closed are taken out
of the comparison, and not set to zero, which a biased score can fall below; and k counts over all groups together.
V3 sums the k / M best of a group, M groups being kept, which are two for its k = 8 and M = 4; top2 is two for any.
With sigmoid and k = 1 the gate is always the scaling, so that the task teaches the router nothing.
"""

from typing import Any, Literal, final

import torch
from torch import Tensor
from torch.nn import functional

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import KILLED, check_k
from moe_core.routing import TokenRouting

CLOSED = 2 * KILLED
"""What is compared in place of a score in a group that the token may not use: less than a killed expert's."""


@final
class GroupLimitedRouter(LinearRouter):
    """Choose k experts of the groups_kept best of num_groups groups. `linear` holds LinearRouter's options.

    Raises ValueError for groups that do not divide E, for more groups kept than there are, and for a k that is not from
    1 to the number of experts that the kept groups hold.
    """

    def __init__(
        self,
        *,
        d_model: int,
        num_experts: int,
        k: int,
        num_groups: int,
        groups_kept: int,
        group_score: Literal["max", "top2"] = "max",
        score: Literal["softmax", "sigmoid"] = "softmax",
        routed_scaling: float = 1.0,
        **linear: Any,
    ) -> None:
        super().__init__(d_model=d_model, num_experts=num_experts, **linear)
        if num_groups < 1 or num_experts % num_groups:
            raise ValueError(f"num_groups = {num_groups} was refused: it divides num_experts, which is {num_experts}.")
        if not 1 <= groups_kept <= num_groups:
            raise ValueError(
                f"groups_kept = {groups_kept} was refused: it is from 1 to num_groups, which is {num_groups}."
            )
        within = num_experts // num_groups * groups_kept
        if check_k(k, num_experts) > within:
            raise ValueError(f"k = {k} was refused: it is at most {within}, what {groups_kept} groups hold.")
        self.k = k
        self.num_groups = num_groups
        self.groups_kept = groups_kept
        self.best = 1 if group_score == "max" else min(2, num_experts // num_groups)
        self.score = score
        self.routed_scaling = routed_scaling

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        # Scores over their sum are a softmax of their logarithms, which stays a number where the sum rounds to zero.
        logs = logits if self.score == "softmax" else functional.logsigmoid(logits)
        probs = logs.softmax(-1)
        scores = probs if self.score == "softmax" else logits.sigmoid()
        selection = self.within_groups(self.compared(scores, scores))
        assigned = self.highest(selection, self.k)
        shares = probs * assigned if self.score == "softmax" else logs.masked_fill(~assigned, -torch.inf).softmax(-1)
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=self.routed_scaling * shares,
        )

    def within_groups(self, selection: Tensor) -> Tensor:
        """What is compared (T, E), with CLOSED in the groups that the token may not use."""
        if self.touched:
            selection = selection.masked_fill(~self.alive, KILLED)
        size = selection.shape[-1] // self.num_groups
        best = selection.view(len(selection), self.num_groups, size).topk(self.best).values
        first, others = best[..., 0], best[..., 1:]
        if self.touched:
            # A killed expert adds nothing to its group, and a group of killed ones comes last. Nothing is a score of 0
            # and the mean bias of those alive, so that a constant in all biases opens no other group.
            mean_bias = self.selection_bias[self.alive].mean().to(best)
            others = (others - mean_bias).masked_fill(others <= KILLED, 0.0)
        group_scores = first + others.sum(-1)
        closed = torch.ones_like(group_scores, dtype=torch.bool)
        closed.scatter_(-1, group_scores.topk(self.groups_kept).indices, False)
        return selection.masked_fill(closed.repeat_interleave(size, -1), CLOSED)
