"""What each expert is. The torch twin of this union is `moe_core.experts`.

D inputs, F hidden units, C outputs. What an expert costs is counted here, so that a run can be priced without torch.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


def width() -> int:
    """The setting that says how many hidden units an expert has."""
    units: int = setting(
        16, label="Expert width", help="Hidden units in each expert (F).", unit="units", ge=1, le=512, slider=(2, 64)
    )
    return units


class MLPExpertConfig(Section):
    """Each expert is a network of one hidden layer."""

    title: ClassVar[str] = "One hidden layer"
    expert: Literal["mlp"] = "mlp"
    d_hidden: int = width()
    activation: Literal["relu", "gelu", "silu", "tanh"] = setting(
        "relu",
        label="Activation",
        help="What each hidden unit does with its sum: relu is max(0, z), gelu is z times the normal distribution "
        "function of z, silu is z times the sigmoid of z, tanh is the hyperbolic tangent.",
    )

    def products(self, d_in: int, d_out: int) -> int:
        """Multiplications one token costs in one expert: F (D + C)."""
        return self.d_hidden * (d_in + d_out)

    def parameters(self, d_in: int, d_out: int) -> int:
        """Weights and biases of one expert: F (D + C) + F + C."""
        return self.products(d_in, d_out) + self.d_hidden + d_out

    def activations(self, d_in: int, d_out: int) -> int:
        """Numbers held for each token in each expert in a training step: D + 2 F + C, with F before and after the
        activation."""
        return d_in + 2 * self.d_hidden + d_out


class GatedExpertConfig(Section):
    """Each expert is a network of one hidden layer whose units are products, as in Mixtral."""

    title: ClassVar[str] = "Gated hidden layer"
    expert: Literal["gated"] = "gated"
    d_hidden: int = width()

    def products(self, d_in: int, d_out: int) -> int:
        """Multiplications one token costs in one expert: F (2 D + C)."""
        return self.d_hidden * (2 * d_in + d_out)

    def parameters(self, d_in: int, d_out: int) -> int:
        """Weights of one expert, which has no biases: F (2 D + C)."""
        return self.products(d_in, d_out)

    def activations(self, d_in: int, d_out: int) -> int:
        """Numbers held for each token in each expert in a training step: D + 4 F + C, with z, u, phi(z) and
        their product."""
        return d_in + 4 * self.d_hidden + d_out


class LinearExpertConfig(Section):
    """Each expert is one affine map, with no hidden layer."""

    title: ClassVar[str] = "Linear"
    expert: Literal["linear"] = "linear"

    def products(self, d_in: int, d_out: int) -> int:
        """Multiplications one token costs in one expert: D C."""
        return d_in * d_out

    def parameters(self, d_in: int, d_out: int) -> int:
        """Weights and biases of one expert: D C + C."""
        return self.products(d_in, d_out) + d_out

    def activations(self, d_in: int, d_out: int) -> int:
        """Numbers held for each token in each expert in a training step: D + C."""
        return d_in + d_out


ExpertConfig = Annotated[MLPExpertConfig | GatedExpertConfig | LinearExpertConfig, Field(discriminator="expert")]
