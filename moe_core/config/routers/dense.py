"""Routers that ask every expert."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import LinearRouterConfig


class DenseRouterConfig(LinearRouterConfig):
    """Each token goes to every expert, and each gate is the expert's probability."""

    title: ClassVar[str] = "Dense (every expert)"
    router: Literal["dense"] = "dense"
    asks_all: ClassVar[bool] = True
    takes_capacity: ClassVar[bool | str] = "every expert answers every token, so nothing can be dropped"
    uses_bias: ClassVar[bool] = False

    def most_chosen(self, num_experts: int) -> int:
        """All of them."""
        return num_experts
