"""Several balancers at once: their losses add up."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from moe_core.balancers.balancer import Balancer
from moe_core.routers import Router
from moe_core.routing import Routing


@final
class Together(Balancer):
    """The sum of balancers. Each remembers what it remembers."""

    def __init__(self, parts: Sequence[Balancer]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def loss(self, routing: Routing) -> Tensor:
        return torch.stack([part.loss(routing) for part in self._balancers()]).sum()

    def after_step(self, routing: Routing, router: Router) -> None:
        for part in self._balancers():
            part.after_step(routing, router)

    def _balancers(self) -> list[Balancer]:
        return [part for part in self.parts if isinstance(part, Balancer)]
