"""Routers that mix tokens instead of choosing experts."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import RouterSection
from moe_core.config.section import setting


class SoftRouterConfig(RouterSection):
    """Experts answer slots, which are means of all tokens, and each token gets a mean of all answers."""

    title: ClassVar[str] = "Soft MoE (slots)"
    router: Literal["soft"] = "soft"
    asks_all: ClassVar[bool] = True
    looks_at_batch: ClassVar[bool] = True
    takes_capacity: ClassVar[bool | str] = "tokens are mixed, not sent, so nothing can be dropped"
    balances_itself: ClassVar[str] = "every expert holds equally many slots"
    uses_bias: ClassVar[bool] = False
    by_own_logits: ClassVar[bool] = False
    slots_per_expert: int = setting(
        16,
        label="Slots per expert",
        help="How many mixtures of tokens each expert answers. The paper has about one slot for each token in all.",
        ge=1,
        le=256,
        slider=(1, 64),
    )

    def most_chosen(self, num_experts: int) -> int:
        """Every expert has a part in every output."""
        return num_experts

    def typically_chosen(self, num_experts: int) -> int:
        """One, as where there is a slot for each token. E S slots for T tokens are E S / T experts a token."""
        return 1

    def products(self, num_experts: int, d_model: int) -> int:
        """E S D for the scores, and as many to mix the token into the slots."""
        return 2 * num_experts * self.slots_per_expert * d_model

    def parameters(self, num_experts: int, d_model: int) -> int:
        """A direction for each slot, and the scale."""
        return num_experts * self.slots_per_expert * d_model + 1
