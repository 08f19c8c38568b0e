"""Routers by which each token chooses a fixed number of experts."""

from typing import ClassVar, Literal

from moe_core.config.routers.section import LinearRouterConfig, experts_per_token, renormalized
from moe_core.config.section import setting


class TopKRouterConfig(LinearRouterConfig):
    """Each token goes to the k experts with the largest probabilities."""

    title: ClassVar[str] = "Top-k"
    router: Literal["top_k"] = "top_k"
    k: int = experts_per_token(2)
    renormalize: bool = renormalized(True)

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k


class SwitchRouterConfig(LinearRouterConfig):
    """Each token goes to one expert, and its gate is that expert's probability, not renormalised."""

    title: ClassVar[str] = "Switch (top-1)"
    router: Literal["switch"] = "switch"
    input_jitter: float = setting(
        0.0,
        label="Input jitter",
        help="While it trains, each number that the router reads is multiplied by a random factor this close to 1. The "
        "experts read it as it is. The paper's value is 0.01.",
        live=True,
        ge=0.0,
        le=1.0,
        slider=(0.0, 1.0),
    )

    def most_chosen(self, num_experts: int) -> int:
        """One, whatever E is."""
        return 1


class NoisyTopKRouterConfig(LinearRouterConfig):
    """Each token goes to the k experts with the largest logits after learned noise was added to them."""

    title: ClassVar[str] = "Noisy top-k"
    router: Literal["noisy_top_k"] = "noisy_top_k"
    k: int = experts_per_token(2)
    router_noise: float = setting(
        1.0,
        label="Router noise",
        help="Factor on the learned standard deviation of the noise. 0 leaves 0.01, so that the load has a gradient.",
        live=True,
        ge=0.0,
        le=100.0,
        slider=(0.0, 4.0),
    )

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k

    def products(self, num_experts: int, d_model: int) -> int:
        """A matrix for the logits, and one for the noise."""
        return 2 * num_experts * d_model


class GShardRouterConfig(LinearRouterConfig):
    """Each token goes to the two experts with the largest probabilities; while it trains, to the second by chance."""

    title: ClassVar[str] = "GShard (top-2)"
    router: Literal["gshard"] = "gshard"
    varies: ClassVar[bool] = True
    second_expert: Literal["random", "all"] = setting(
        "random",
        label="Second expert",
        help="random asks the second expert, while it trains, the more often the larger its share of the two gates. "
        "all asks it always, as evaluation does.",
    )
    second_threshold: float = setting(
        0.2,
        label="Second expert's threshold",
        help="Share of the two gates from which on the second expert is asked for certain; below, it is asked with its "
        "share over this as the probability.",
        live=True,
        ge=0.01,
        le=1.0,
        slider=(0.01, 1.0),
    )

    def most_chosen(self, num_experts: int) -> int:
        """Two, or the one that there is."""
        return min(2, num_experts)


class SigmoidRouterConfig(LinearRouterConfig):
    """Each token goes to the k experts with the largest sigmoids: each is scored by itself, without competition."""

    title: ClassVar[str] = "Sigmoid top-k"
    router: Literal["sigmoid"] = "sigmoid"
    k: int = experts_per_token(2)
    renormalize: bool = renormalized(True)

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k
