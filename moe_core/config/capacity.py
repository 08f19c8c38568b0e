"""How many tokens an expert takes. The torch twin is `moe_core.capacity`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


class UnlimitedConfig(Section):
    """Every expert takes every token that chose it."""

    title: ClassVar[str] = "No limit"
    capacity: Literal["unlimited"] = "unlimited"


def factor(default: float, label: str, when: str) -> float:
    """The setting that says how many fair shares an expert takes."""
    value: float = setting(
        default,
        label=label,
        help=f"{when}, an expert takes at most this many times its fair share of a batch's assignments. What is over "
        "is dropped.",
        live=True,
        ge=0.01,
        le=64.0,
        slider=(0.1, 8.0),
        logarithmic=True,
    )
    return value


class LimitedConfig(Section):
    """An expert takes at most so many tokens of a batch, and the rest is dropped."""

    title: ClassVar[str] = "Limited"
    capacity: Literal["limited"] = "limited"
    train_capacity_factor: float = factor(1.25, "Capacity factor in training", "While it trains")
    test_capacity_factor: float = factor(
        2.0, "Capacity factor in evaluation", "In evaluation, where the whole test split is one batch"
    )
    fill_order: Literal["arrival", "priority"] = setting(
        "arrival",
        label="Order of filling",
        help="Who is taken first: arrival takes tokens in the batch's order, priority the tokens that the router is "
        "surest of. Second choices come after all first choices.",
    )
    dropped: Literal["zero", "residual"] = setting(
        "zero",
        label="Dropped tokens",
        help="What a token that no expert took comes out as: zero, or itself. Itself needs as many outputs as inputs. "
        "Shared experts answer it either way.",
    )


CapacityConfig = Annotated[UnlimitedConfig | LimitedConfig, Field(discriminator="capacity")]
