"""Which problem the model learns. Sizes are here, torch-free, so that a model's cost is known before it exists."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


class MoonsConfig(Section):
    """Two interleaved half circles, one a class: a single problem, easy for one small network."""

    title: ClassVar[str] = "Two moons"
    num_inputs: ClassVar[int] = 2
    num_classes: ClassVar[int] = 2

    task: Literal["moons"] = "moons"
    noise: float = setting(
        0.1,
        label="Noise",
        help="Standard deviation of the Gaussian noise added to every point, in units of a moon's radius.",
        ge=0.0,
        le=1.0,
    )


class RulesConfig(Section):
    """Eight discs, each cut by a line of its own direction: data that is really eight problems."""

    title: ClassVar[str] = "Mixture of rules"
    num_inputs: ClassVar[int] = 2
    num_classes: ClassVar[int] = 2

    task: Literal["rules"] = "rules"


class DigitsConfig(Section):
    """Handwritten digits, 8 x 8 pixels (UCI, by way of scikit-learn): real data."""

    title: ClassVar[str] = "Handwritten digits"
    num_inputs: ClassVar[int] = 64
    num_classes: ClassVar[int] = 10

    task: Literal["digits"] = "digits"


TaskConfig = Annotated[MoonsConfig | RulesConfig | DigitsConfig, Field(discriminator="task")]
