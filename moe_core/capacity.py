"""Capacity: an expert takes so many tokens of a batch and no more (GShard, Lepikhin et al. 2020, arXiv 2006.16668;
Switch, Fedus et al. 2021, arXiv 2101.03961).

    C = ceil(factor A / E)    A assignments, E experts: factor times the fair share
    kept[t, e] = assigned[t, e] and fewer than C tokens before t chose e

With C a batch has one shape whatever the router does, which is what hardware wants. A token that an expert does not
take is dropped there: its gate is zero, and the others are not made larger. A token that no expert took comes out as
zero, or as itself where there is a residual.

What people get wrong: the factor differs between training (1.25) and evaluation (2.0), so a model can be better
in evaluation for no other reason; and what a token gets depends on the tokens beside it. A is assignments: code that
counts tokens, as that of GShard and fairseq does, means half as much by the same factor when each token has two. And E
counts every expert, killed ones too: nobody takes their shares, so with half of the experts killed and a factor of 1
half of the assignments are dropped.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from moe_core.config.capacity import CapacityConfig
from moe_core.routing import Routing, TokenRouting


class Capacity(nn.Module):
    """Drops what is over an expert's capacity: a routing to a routing.

    train_capacity_factor, test_capacity_factor: fair shares that an expert takes in training and in evaluation, over 0.
        The defaults are those of GShard's code.
    fill_order: arrival = tokens in the batch's order; priority = those with the largest probability first (Batch
        Prioritized Routing, Riquelme et al. 2021, arXiv 2106.05974). All first choices are seated before second ones.
    dropped: zero, or residual: a token that no expert took is its own output.

    Raises ValueError for a factor that is no number over 0: with 0 nothing would be left.
    """

    def __init__(
        self,
        *,
        train_capacity_factor: float = 1.25,
        test_capacity_factor: float = 2.0,
        fill_order: Literal["arrival", "priority"] = "arrival",
        dropped: Literal["zero", "residual"] = "zero",
    ) -> None:
        super().__init__()
        factors = {"train_capacity_factor": train_capacity_factor, "test_capacity_factor": test_capacity_factor}
        for name, factor in factors.items():
            if not 0.0 < factor < math.inf:
                raise ValueError(
                    f"{name} = {factor} was refused: it is a number over 0, or every token would be dropped."
                )
        self.train_capacity_factor = train_capacity_factor
        self.test_capacity_factor = test_capacity_factor
        self.fill_order = fill_order
        self.dropped = dropped

    def forward(self, routing: Routing) -> TokenRouting:
        assert isinstance(routing, TokenRouting)
        assigned = routing.assigned
        factor = self.train_capacity_factor if self.training else self.test_capacity_factor
        capacity = places_each(factor, int(assigned.sum()), assigned.shape[1])
        kept = assigned & (seats(routing, self.fill_order) < capacity)
        residual = (~kept.any(-1)).to(routing.gates) if self.dropped == "residual" else None
        return replace(routing, kept=kept, gates=routing.gates * kept, capacity=capacity, residual=residual)


def places_each(factor: float, assignments: int, num_experts: float) -> int:
    """C: the fair share of so many experts times the factor, rounded up. At least 1 where anything was assigned."""
    # What floats add is no place more: 1.1 x 100 / 10 is 11.000000000000002.
    share = factor * assignments / num_experts - 1e-9
    return max(math.ceil(share), min(assignments, 1))


def seats(routing: TokenRouting, fill_order: str) -> Tensor:
    """Each pair's place in its expert's queue (T, E), from 0. Pairs that are not assigned stand behind all others."""
    assigned = routing.assigned
    num_tokens = len(assigned)
    places = torch.arange(num_tokens, device=assigned.device)
    if fill_order == "priority":
        surest_first = routing.probs.amax(-1).argsort(dim=0, descending=True, stable=True)
        places = torch.empty_like(places).scatter_(0, surest_first, places)
    # First choices before second ones: whose choice an expert is comes before who the token is.
    best_first = routing.selection.masked_fill(~assigned, -torch.inf).argsort(dim=-1, descending=True, stable=True)
    choice = best_first.argsort(-1)
    turn = (choice * num_tokens + places.unsqueeze(-1)).masked_fill(~assigned, assigned.numel())
    return turn.argsort(dim=0, stable=True).argsort(0)


def build_capacity(config: CapacityConfig) -> Capacity | None:
    """What a configuration asks for: None where experts take every token."""
    options: Mapping[str, Any] = config.model_dump(exclude={"capacity"})
    return None if config.capacity == "unlimited" else Capacity(**options)
