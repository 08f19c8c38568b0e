"""What a run costs, from its settings alone, so that a model too large is refused before anything is allocated."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moe_core.config.run import RunConfig

MAX_BYTES = 128 * 2**20
"""What one run may hold: 128 MiB, so that a full server of 40 runs, with their processes, fits in 6 GiB."""

MAX_FLOPS = 3e9
"""Floating-point operations in one step: about a tenth of a second on one thread of an ordinary processor."""

BYTES_PER_PARAMETER = 4 * 4
"""float32, four times: weight, gradient, Adam's first and second moment."""

BYTES_PER_ACTIVATION = 4
"""float32."""

LARGEST_LOOK = 64 * 64
"""Tokens that go through the model at once when the plane is drawn, more than any test split has."""

BATCHED_PAIRS = 2**13
"""Token-expert pairs (T E) up to which every expert is computed on every token. Above, sorting the tokens by expert
costs less (measured on CPU); see moe_core.routing."""

FLOPS_PER_PRODUCT = 3 * 2
"""A multiply and an add, done three times: once forward, twice backward."""


@dataclass(frozen=True)
class Cost:
    """parameters; bytes for them, their training and the activations; flops of one training step on a whole batch.

    active_products is the number of weight products one token needs (MACs): the router's and k experts'.
    plain_hidden is the width of the one-hidden-layer network that needs as many.
    """

    parameters: int
    bytes: int
    flops: float
    active_products: int
    plain_hidden: int


def cost(config: "RunConfig") -> Cost:
    """Count parameters and products.

    With D inputs, C classes, E experts of width F and k experts a token:
        active products = E D + k F (D + C)
        plain width     = active products / (D + C), rounded, at least 1
    The FLOPs of a step count all E experts, since small layers compute every expert on every token. The activations
    are those of the largest pass: inputs, hidden units before and after ReLU, and outputs of each token-expert pair.
    """
    num_inputs, num_classes = config.task.num_inputs, config.task.num_classes
    num_experts, d_hidden = config.model.num_experts, config.model.d_hidden
    router_products = num_experts * num_inputs
    expert_products = d_hidden * (num_inputs + num_classes)
    active_products = router_products + config.router.k * expert_products
    plain_hidden = max(1, round(active_products / (num_inputs + num_classes)))
    plain_products = plain_hidden * (num_inputs + num_classes)

    biases = num_experts * (config.router.router_bias + d_hidden + num_classes) + plain_hidden + num_classes
    parameters = router_products + num_experts * expert_products + plain_products + biases
    products = router_products + num_experts * expert_products + plain_products
    pairs = max(BATCHED_PAIRS, config.router.k * max(LARGEST_LOOK, config.training.batch_size))
    activations = pairs * (num_inputs + 2 * d_hidden + num_classes)
    return Cost(
        parameters=parameters,
        bytes=parameters * BYTES_PER_PARAMETER + activations * BYTES_PER_ACTIVATION,
        flops=float(config.training.batch_size) * products * FLOPS_PER_PRODUCT,
        active_products=active_products,
        plain_hidden=plain_hidden,
    )
