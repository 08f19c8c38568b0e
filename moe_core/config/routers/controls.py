"""Routers that learn nothing: what every other router is to be held against."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import RouterSection
from moe_core.config.section import setting


class HashRouterConfig(RouterSection):
    """Each token goes to the expert that a table, dealt once and never changed, has for its id."""

    title: ClassVar[str] = "Hash (a fixed table)"
    router: Literal["hash"] = "hash"
    grows: ClassVar[bool | str] = "its table was dealt for the experts that there were"
    learns: ClassVar[bool] = False
    uses_bias: ClassVar[bool] = False
    by_own_logits: ClassVar[bool] = False
    needs_token_ids: ClassVar[bool] = True
    num_ids: int = setting(
        1024,
        label="Token ids",
        help="How many ids the table has. Where tokens have no ids, a token's id is the cell of a grid that it is in.",
        ge=1,
        le=65536,
        slider=(16, 4096),
    )

    def most_chosen(self, num_experts: int) -> int:
        """One, whatever E is."""
        return 1

    def products(self, num_experts: int, d_model: int) -> int:
        """None: it looks the expert up."""
        return 0


class RandomRouterConfig(RouterSection):
    """Each token goes to an expert drawn at random, another one at each step."""

    title: ClassVar[str] = "Random"
    router: Literal["random"] = "random"
    learns: ClassVar[bool] = False
    uses_bias: ClassVar[bool] = False
    by_own_logits: ClassVar[bool] = False

    def most_chosen(self, num_experts: int) -> int:
        """One, whatever E is."""
        return 1

    def products(self, num_experts: int, d_model: int) -> int:
        """None: it draws the expert."""
        return 0
