"""What every balancer is: a loss on the routing, and a word after each step."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from moe_core.routers import Router
from moe_core.routing import Routing


class Balancer(nn.Module, ABC):
    """Abstract. What a balancer remembers between steps lives in buffers, so that it is saved with the model."""

    @abstractmethod
    def loss(self, routing: Routing) -> Tensor:
        """The scalar that is added to the task's loss."""

    def after_step(self, routing: Routing, router: Router) -> None:
        """Called once the optimizer has moved, with the batch's routing and the router, whose selection bias may be
        changed. The base class does nothing."""
