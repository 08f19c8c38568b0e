"""Hash layers: a table says which expert a token goes to (Roller et al. 2021, arXiv 2106.04426).

    e = table[id_t],   y_t = y_te

The table is dealt once, from the generator, and never changes: nothing is learned in the router, and no gate weighs the
answer. It is what every learned router has to be better than.

It is as balanced as the ids allow: each expert has the whole part of N / E ids, or one more. That balances the tokens
only where ids come equally often. The paper's balanced table deals the most frequent ids first, and needs their counts.

The ids of a killed expert are dealt in turn to those alive. A new expert would have no ids, so none can be added.

What people get wrong: the table reads the id, not the token, so two meanings of one word have the same expert.
"""

from typing import final

import torch
from torch import Generator, Tensor
from torch.nn import functional

from moe_core.routers.router import Router
from moe_core.routing import TokenRouting


@final
class HashRouter(Router):
    """Look up one of E experts for each token id, 0 to num_ids - 1. `table` (num_ids,) belongs to no expert.

    Raises ValueError for tokens without ids, and for an id that is not in the table.
    """

    shared_parameters = frozenset({"table"})

    table: Tensor

    def __init__(self, *, d_model: int, num_experts: int, generator: Generator, num_ids: int = 1024) -> None:
        super().__init__(num_experts)
        self.num_ids = num_ids
        self.register_buffer("table", torch.randperm(num_ids, generator=generator) % num_experts)

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        ids = self.checked(token_ids)
        believed = functional.one_hot(self.experts()[ids], len(self.offset)).to(x)
        logits = believed + self.offset.to(x) if self.touched else believed
        assigned, selection = self.choose(logits, 1, believed)
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=believed,
            assigned=assigned,
            kept=assigned,
            gates=assigned.to(x),
        )

    def experts(self) -> Tensor:
        """Each id's expert (num_ids,), killed ones replaced."""
        if not self.touched:
            return self.table
        alive = self.alive.nonzero().flatten()
        orphans = (~self.alive)[self.table].nonzero().flatten()
        return self.table.index_copy(0, orphans, alive[torch.arange(len(orphans), device=alive.device) % len(alive)])

    def checked(self, token_ids: Tensor | None) -> Tensor:
        """The ids, if there are any and the table has them all."""
        allowed = f"the hash router needs an id for each token, a whole number from 0 to {self.num_ids - 1}"
        if token_ids is None:
            raise ValueError(f"token_ids = None was refused: {allowed}.")
        if len(token_ids) and not 0 <= int(token_ids.min()) <= int(token_ids.max()) < self.num_ids:
            found = f"{int(token_ids.min())} to {int(token_ids.max())}"
            raise ValueError(f"token_ids = {found} was refused: {allowed}.")
        return token_ids
