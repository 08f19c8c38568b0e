"""A router of two levels, in front of experts that all answer."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import LinearRouterConfig
from moe_core.config.section import setting


class HierarchicalRouterConfig(LinearRouterConfig):
    """A top gate shares each token among branches, and in each branch a gate of its own shares it among experts."""

    title: ClassVar[str] = "Hierarchical"
    router: Literal["hierarchical"] = "hierarchical"
    asks_all: ClassVar[bool] = True
    takes_capacity: ClassVar[bool | str] = "every expert answers every token, so nothing can be dropped"
    grows: ClassVar[bool | str] = "its branches have one size, and an expert more would make one of them larger"
    uses_bias: ClassVar[bool] = False
    num_branches: int = setting(
        2,
        label="Branches",
        help="How many branches the top gate shares a token among. The experts are divided evenly over them, in order.",
        ge=1,
        le=64,
        slider=(1, 8),
    )

    def most_chosen(self, num_experts: int) -> int:
        """All of them."""
        return num_experts

    def products(self, num_experts: int, d_model: int) -> int:
        """A row for each expert, and one for each branch."""
        return (num_experts + self.num_branches) * d_model

    def parameters(self, num_experts: int, d_model: int) -> int:
        """The rows, and a constant for each."""
        return self.products(num_experts, d_model) + (num_experts + self.num_branches) * self.router_bias

    def refusal(self, num_experts: int) -> dict[str, str]:
        """Branches have one size."""
        if num_experts % self.num_branches == 0:
            return {}
        return {
            "num_branches": f"it divides the number of experts, which is {num_experts}",
            "num_experts": f"it is a multiple of the number of branches, which is {self.num_branches}",
            "router": f"it has {self.num_branches} branches of one size, and the number of experts is {num_experts}",
        }
