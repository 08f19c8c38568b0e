"""Routers that compare directions."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import RouterSection, experts_per_token, renormalized
from moe_core.config.section import setting


class CosineRouterConfig(RouterSection):
    """Each token goes to the k experts whose embeddings point most nearly where its own does."""

    title: ClassVar[str] = "Cosine (X-MoE)"
    router: Literal["cosine"] = "cosine"
    k: int = experts_per_token(2)
    renormalize: bool = renormalized(False)
    d_embedding: int = setting(
        4,
        label="Embedding width (d_e)",
        help="Tokens are projected to so many numbers, and each expert has as many, before their directions are "
        "compared. The paper takes half the number of experts; this does not follow when experts are added.",
        ge=1,
        le=64,
        slider=(1, 16),
    )
    tau_start: float = setting(
        0.3,
        label="First temperature (tau)",
        help="The cosines are divided by a temperature that is learned. This is its first value.",
        ge=0.02,
        le=100.0,
        slider=(0.02, 3.0),
        logarithmic=True,
    )

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k

    def products(self, num_experts: int, d_model: int) -> int:
        """The projection, and a row for each expert."""
        return self.d_embedding * (d_model + num_experts)

    def parameters(self, num_experts: int, d_model: int) -> int:
        """Both matrices, and the temperature."""
        return self.products(num_experts, d_model) + 1
