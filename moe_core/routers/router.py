"""What every router is: a module from tokens to a routing."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from moe_core.routing import Routing


class Router(nn.Module, ABC):
    """Abstract. A router reads tokens x (T, D), and their ids (T,) where it needs them, and returns a routing.

    Subclasses are final. They take `d_model` and `num_experts` by keyword, and their own settings beside them.
    """

    @abstractmethod
    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> Routing: ...
