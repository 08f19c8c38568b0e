"""Balancers that even the load, and none at all."""

from typing import ClassVar, Literal

from moe_core.config.balancer.section import BalancerSection, CountingSection, coefficient
from moe_core.config.routers import RouterSection
from moe_core.config.section import setting


class NoBalancerConfig(BalancerSection):
    """Nothing is added to the task's loss."""

    title: ClassVar[str] = "None"
    balancer: Literal["none"] = "none"

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """It goes with every router."""
        return ""


class SwitchLossConfig(CountingSection):
    """The load-balancing loss of the Switch Transformer, times a coefficient."""

    title: ClassVar[str] = "Switch loss"
    balancer: Literal["switch_loss"] = "switch_loss"
    balance_coefficient: float = coefficient(
        0.1,
        "Balance coefficient",
        "Weight of the load-balancing loss beside the task's loss (alpha). 0 turns balancing off.",
    )


class ImportanceAndLoadConfig(BalancerSection):
    """The importance loss and the load loss of the noisy top-k router: squared coefficients of variation."""

    title: ClassVar[str] = "Importance and load"
    balancer: Literal["importance_and_load"] = "importance_and_load"
    importance_coefficient: float = coefficient(
        0.1, "Importance coefficient", "Weight of the importance loss: experts should have equal sums of gates."
    )
    load_coefficient: float = coefficient(
        0.1, "Load coefficient", "Weight of the load loss: experts should have equal numbers of tokens."
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """The load has a gradient only through noise."""
        if router.router == "noisy_top_k":
            return ""
        return "needs the router noisy_top_k, whose noise gives the load a gradient"


class SequenceLossConfig(CountingSection):
    """The load-balancing loss inside each sequence: a run of tokens that stand next to each other in the batch."""

    title: ClassVar[str] = "Sequence-wise loss"
    balancer: Literal["sequence_loss"] = "sequence_loss"
    sequence_coefficient: float = setting(
        0.0001,
        label="Sequence coefficient",
        help="Weight of the sequence-wise loss (alpha). DeepSeek-V3 has 0.0001, beside a bias that does the balancing.",
        live=True,
        ge=0.0,
        le=100.0,
        slider=(0.0001, 10.0),
        logarithmic=True,
    )
    sequence_length: int = setting(
        32,
        label="Sequence length",
        help="How many examples of a batch, next to each other, are a sequence. A batch is a whole number of them.",
        live=True,
        unit="examples",
        ge=1,
        le=2048,
        slider=(2, 128),
    )
