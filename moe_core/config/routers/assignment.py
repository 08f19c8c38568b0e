"""Routers that look at a whole batch and give every expert its share of it."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import LinearRouterConfig, RouterSection, experts_per_token
from moe_core.config.section import setting


class BaseRouterConfig(RouterSection):
    """In training every expert is assigned an equal share of the tokens; in evaluation each goes to its best."""

    title: ClassVar[str] = "BASE (balanced assignment)"
    router: Literal["base"] = "base"
    takes_capacity: ClassVar[bool | str] = "in training its assignment already gives every expert an equal share"
    balances_itself: ClassVar[str] = "its assignment gives every expert an equal share, whatever a loss says"
    uses_bias: ClassVar[bool] = False
    by_own_logits: ClassVar[bool] = False
    keep_token: bool = setting(
        False,
        label="Keep the token",
        help="On: the output is the expert's answer times its gate, and the token itself times what is left of 1, as "
        "in the paper. It needs as many outputs as inputs. Off: the expert's answer times its gate.",
    )

    @property
    def keeps_token(self) -> bool:
        """Whether a token is a part of its own output."""
        return self.keep_token

    def most_chosen(self, num_experts: int) -> int:
        """One, whatever E is."""
        return 1


class SinkhornRouterConfig(LinearRouterConfig):
    """While it trains, the scores are scaled until experts get nearly equal shares; in evaluation it is top-k."""

    title: ClassVar[str] = "Sinkhorn (S-BASE)"
    router: Literal["sinkhorn"] = "sinkhorn"
    balances_itself: ClassVar[str] = "its plan already gives every expert an equal share"
    uses_bias: ClassVar[bool] = False
    by_own_logits: ClassVar[bool] = False
    k: int = experts_per_token(1)

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k


class ExpertChoiceRouterConfig(LinearRouterConfig):
    """Each expert takes the tokens that score it highest, all experts equally many; a token may get none."""

    title: ClassVar[str] = "Expert choice"
    router: Literal["expert_choice"] = "expert_choice"
    varies: ClassVar[bool] = True
    looks_at_batch: ClassVar[bool] = True
    takes_capacity: ClassVar[bool | str] = "every expert already takes a fixed number of tokens"
    balances_itself: ClassVar[str] = "every expert takes equally many tokens"
    uses_bias: ClassVar[bool] = False
    by_own_logits: ClassVar[bool] = False
    choice_factor: float = setting(
        2.0,
        label="Tokens per expert (c)",
        help="Each expert takes c times its fair share of the batch's tokens, so a token gets c experts on average.",
        live=True,
        ge=0.01,
        le=64.0,
        slider=(0.25, 8.0),
        logarithmic=True,
    )

    def most_chosen(self, num_experts: int) -> int:
        """Every expert may want the same token."""
        return num_experts

    def typically_chosen(self, num_experts: int) -> int:
        """The mean, c, to the nearest whole number."""
        return min(num_experts, max(1, round(self.choice_factor)))
