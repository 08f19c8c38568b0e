"""What pushes the load to be even. Balancers add up: `switch_loss+z_loss` is both. The torch twin of each is in
`moe_core.balancers`."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, SerializeAsAny, create_model

from moe_core.config.problem import unknown_name
from moe_core.config.routers import RouterSection
from moe_core.config.section import Section, setting

SUM = "+"
"""Stands between the names of balancers that work together."""


class BalancerSection(Section):
    """What every balancer's settings have: its name, or the names of several."""

    balancer: str

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """Why this balancer makes no sense with a router, as what follows its name; empty where it does."""
        reason = router.balances_itself if router.learns else "no loss can move what it decides"
        return reason and f"has no meaning when router is {router.router}: {reason}"


def coefficient(default: float, label: str, help: str) -> float:
    """The setting that weighs a loss."""
    weight: float = setting(
        default, label=label, help=help, live=True, ge=0.0, le=100.0, slider=(0.001, 10.0), logarithmic=True
    )
    return weight


class NoBalancerConfig(BalancerSection):
    """Nothing is added to the task's loss."""

    title: ClassVar[str] = "None"
    balancer: Literal["none"] = "none"

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """It goes with every router."""
        return ""


class CountingSection(BalancerSection):
    """Abstract: a loss that weighs each expert's probability by how many tokens it was sent."""

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """Equal counts weigh all probabilities alike, and those sum to 1: the loss is a constant."""
        if router.asks_all and not router.balances_itself:
            reason = "every expert gets every token, so the loss is a constant"
            return f"has no meaning when router is {router.router}: {reason}"
        return super().refusal(router)


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


class MutualInformationConfig(BalancerSection):
    """The more the choice of expert says of the token, the less the loss: experts equally probable, each token sure."""

    title: ClassVar[str] = "Mutual information"
    balancer: Literal["mutual_information"] = "mutual_information"
    information_coefficient: float = coefficient(
        0.1, "Information coefficient", "Weight of the mutual information between expert and token."
    )


class EntropyLossConfig(BalancerSection):
    """The mean entropy of the router's probabilities: it makes the router sure. It balances nothing by itself."""

    title: ClassVar[str] = "Entropy loss"
    balancer: Literal["entropy_loss"] = "entropy_loss"
    entropy_coefficient: float = coefficient(
        0.0001, "Entropy coefficient", "Weight of the mean entropy of the router's probabilities."
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """The probabilities of the ReLU router are shares of its gates: sure or not, the same experts are asked."""
        if router.router == "relu":
            return "has no meaning when router is relu: it has gates and no probabilities to be sure with"
        return super().refusal(router)


class AdaptiveL1Config(BalancerSection):
    """Pulls the gates of the ReLU router down, as hard as it takes to have as many experts a token as it aims for."""

    title: ClassVar[str] = "Adaptive L1"
    balancer: Literal["adaptive_l1"] = "adaptive_l1"
    l1_start: float = setting(
        1e-8,
        label="First L1 coefficient",
        help="The coefficient (lambda) starts here. After each step it is multiplied by 1.2 if a token had more "
        "experts than are aimed for, and divided by 1.2 if not. 0 turns it off.",
        ge=0.0,
        le=100.0,
        slider=(1e-10, 1.0),
        logarithmic=True,
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """A smaller gate means fewer experts only where a gate of zero means that nobody is asked."""
        if router.router == "relu":
            return ""
        return "needs the router relu, which asks an expert where its gate is over zero"


class ZLossConfig(BalancerSection):
    """The router z-loss: it keeps the logits small. It does not balance the load by itself."""

    title: ClassVar[str] = "Router z-loss"
    balancer: Literal["z_loss"] = "z_loss"
    z_coefficient: float = coefficient(
        0.001, "Router z-loss coefficient", "Weight of the mean squared log-sum-exp of the router's logits."
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """It balances nothing, so that a router which balances itself may have it."""
        if router.router == "hierarchical":
            return "has no meaning when router is hierarchical: its logits are log-probabilities, so they cannot drift"
        return "" if router.learns else super().refusal(router)


class LossFreeConfig(BalancerSection):
    """No loss: after each step a bias that only the choice sees rises for experts that had too few tokens."""

    title: ClassVar[str] = "Loss-free bias"
    balancer: Literal["loss_free"] = "loss_free"
    bias_rate: float = setting(
        0.001,
        label="Bias rate",
        help="How far each expert's bias moves in a step (u): up for experts with fewer tokens than the mean, down for "
        "those with more. 0 leaves the biases where they are.",
        live=True,
        ge=0.0,
        le=10.0,
        slider=(0.0001, 1.0),
        logarithmic=True,
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """There must be a choice by scores."""
        if router.uses_bias:
            return ""
        return f"has no meaning when router is {router.router}: it chooses by no scores that a bias could be added to"


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


BALANCER_VARIANTS: tuple[type[BalancerSection], ...] = (
    NoBalancerConfig,
    SwitchLossConfig,
    ImportanceAndLoadConfig,
    MutualInformationConfig,
    EntropyLossConfig,
    AdaptiveL1Config,
    ZLossConfig,
    LossFreeConfig,
    SequenceLossConfig,
)
"""Each balancer by itself, in the order in which several are named."""


def part_names(balancer: str) -> list[str]:
    """The balancers in a name, one by one, in their order. Raises ValueError, saying what is allowed, for no name."""
    # A + typed into an address arrives as a space.
    names = balancer.replace(" ", SUM).split(SUM)
    known = [str(variant.model_fields["balancer"].default) for variant in BALANCER_VARIANTS]
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise ValueError(f"{unknown_name('balancer', unknown, known)}, or several joined by {SUM}")
    if len(set(names)) < len(names):
        raise ValueError("each balancer is named once")
    if len(names) > 1 and "none" in names:
        raise ValueError("none stands alone")
    if {"importance_and_load", "loss_free"} <= set(names):
        raise ValueError(
            "importance_and_load and loss_free cannot work together: the load loss asks how noise alone changes the "
            "choice, and a bias changes it too"
        )
    return [name for name in known if name in names]


@cache
def balancer_variant(balancer: str) -> type[BalancerSection]:
    """The settings of a balancer or of several together: those of each. Raises ValueError as `part_names` does."""
    names = part_names(balancer)
    parts = tuple(part for part in BALANCER_VARIANTS if part.model_fields["balancer"].default in names)
    if len(parts) == 1:
        return parts[0]
    name = SUM.join(names)
    kind: Any = Literal[name]
    return create_model(name, __base__=parts, __doc__="Several balancers; their losses add up.", balancer=(kind, name))


def balancer_parts(config: BalancerSection) -> list[tuple[str, dict[str, Any]]]:
    """Each balancer of a configuration: its name and its own settings."""
    values = config.model_dump()
    names = part_names(config.balancer)
    fields = {name: set(balancer_variant(name).model_fields) - {"balancer"} for name in names}
    return [(name, {field: values[field] for field in values if field in fields[name]}) for name in names]


def _parse(value: Any) -> Any:
    if isinstance(value, Mapping):
        return balancer_variant(str(value.get("balancer", "none")))(**value)
    return value


# As any of its variants: what the base class has would be the name alone.
BalancerConfig = Annotated[SerializeAsAny[BalancerSection], BeforeValidator(_parse)]
