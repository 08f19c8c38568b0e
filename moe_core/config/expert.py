"""What each expert is: a small network or one affine map. The torch twin of this union is `moe_core.experts`."""

from typing import Annotated, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


class MLPExpertConfig(Section):
    """Each expert is a network of one hidden layer."""

    expert: Literal["mlp"] = "mlp"
    d_hidden: int = setting(
        16, label="Expert width", help="Hidden units in each expert (F).", unit="units", ge=1, le=512, slider=(2, 64)
    )
    activation: Literal["relu", "gelu", "silu", "tanh"] = setting(
        "relu", label="Activation", help="The function that each hidden unit applies."
    )

    def products(self, d_in: int, d_out: int) -> int:
        """Multiplications that one token costs in one expert."""
        return self.d_hidden * (d_in + d_out)

    def parameters(self, d_in: int, d_out: int) -> int:
        """Weights and biases of one expert."""
        return self.products(d_in, d_out) + self.d_hidden + d_out

    def activations(self, d_in: int, d_out: int) -> int:
        """Numbers held for one token in one expert: inputs, hidden units before and after, outputs."""
        return d_in + 2 * self.d_hidden + d_out


class LinearExpertConfig(Section):
    """Each expert is one affine map: it is easy to see what it does, and it needs the router for all else."""

    expert: Literal["linear"] = "linear"

    def products(self, d_in: int, d_out: int) -> int:
        """Multiplications that one token costs in one expert."""
        return d_in * d_out

    def parameters(self, d_in: int, d_out: int) -> int:
        """Weights and biases of one expert."""
        return self.products(d_in, d_out) + d_out

    def activations(self, d_in: int, d_out: int) -> int:
        """Numbers held for one token in one expert: inputs and outputs."""
        return d_in + d_out


ExpertConfig = Annotated[MLPExpertConfig | LinearExpertConfig, Field(discriminator="expert")]
