"""What a run costs, from its settings alone, so that a model too large is refused before anything is allocated."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moe_core.config.run import RunConfig

MAX_BYTES = 128 * 2**20
"""What one run may hold beside its kept states: 128 MiB, so that a full server of 40 runs, with 20 MiB of states each
and with their processes, fits in 7 GiB."""

MAX_FLOPS = 3e9
"""Floating-point operations in one step: about a tenth of a second on one thread of an ordinary processor."""

BYTES_PER_PARAMETER = 4 * 4
"""float32, four times: weight, gradient, Adam's first and second moment."""

BYTES_PER_ACTIVATION = 4
"""float32."""

LARGEST_LOOK = 64 * 64
"""Tokens that go through the mixture at once when the plane is drawn."""

PRODUCTS_PER_ACTIVATION = 32
"""A number that is written and read again, forward and backward, takes as long as so many products (on CPU)."""

PRODUCTS_PER_GROUP = 350_000
"""Products that fit into the time it takes to compute one expert's tokens apart from the others' (on CPU)."""

GROUPS_TO_SORT = 32
"""Sorting the tokens by expert takes as long as computing so many groups apart."""

FLOPS_PER_PRODUCT = 3 * 2
"""A multiply and an add, done three times: once forward, twice backward."""


@dataclass(frozen=True)
class Cost:
    """parameters; bytes for them, their training and the activations; flops of one training step on a whole batch.

    active_products is the number of weight products one token needs (MACs): the router's, and those of k experts and of
    the shared ones.
    plain_hidden is the width of the one-hidden-layer network that needs as many.
    wide_hidden is the width of the one-hidden-layer network that has as many parameters as the whole mixture.
    """

    parameters: int
    bytes: int
    flops: float
    active_products: int
    plain_hidden: int
    wide_hidden: int


def pair_work(products: int, activations: int) -> int:
    """What one token costs in one expert, counted in products: its products and the numbers held for it."""
    return products + PRODUCTS_PER_ACTIVATION * activations


def most_batched_pairs(num_experts: int, work: int) -> int:
    """Token-expert pairs (T E) up to which every expert is computed on every token, in one product for all.

        pairs work <= PRODUCTS_PER_GROUP (GROUPS_TO_SORT + E)

    Above, what would be wasted on experts that nobody chose costs more than to sort the tokens by expert and compute
    each group apart. The constants are measured on CPU, with two experts a token, for 4 to 64 experts with 2 to 128
    inputs and 8 to 256 hidden units. The two layouts are those of `moe_core.dispatch`.
    """
    return PRODUCTS_PER_GROUP * (GROUPS_TO_SORT + num_experts) // work


def cost(config: "RunConfig") -> Cost:
    """Count parameters and products.

    With D inputs, C outputs, E experts of which k are chosen, K_s that are shared, and experts of width F:
        active products = E D + (k + K_s) F (D + C)
        plain width     = active products / (D + C), rounded, at least 1
        wide width      = (parameters of the mixture - C) / (D + 1 + C), rounded, at least 1
    The FLOPs of a step count all experts, since small layers compute every expert on every token. The activations
    are those of the largest pass: inputs, hidden units before and after the activation, and outputs of each
    token-expert pair.
    """
    d_in, d_out = config.task.shape.num_inputs, config.task.shape.num_outputs
    num_experts, num_shared, router = config.model.num_experts, config.model.num_shared, config.router
    k = router.most_chosen(num_experts)
    router_products = router.products(num_experts, d_in)
    asked = router.typically_chosen(num_experts) + num_shared
    active_products = router_products + asked * config.expert.products(d_in, d_out)
    plain_hidden = max(1, round(active_products / (d_in + d_out)))
    in_all = num_experts + num_shared
    mixture_parameters = router.parameters(num_experts, d_in) + in_all * config.expert.parameters(d_in, d_out)
    wide_hidden = max(1, round((mixture_parameters - d_out) / (d_in + 1 + d_out)))
    hidden = plain_hidden + wide_hidden

    parameters = mixture_parameters + hidden * (d_in + 1 + d_out) + 2 * d_out
    products = router_products + in_all * config.expert.products(d_in, d_out) + hidden * (d_in + d_out)
    batch = config.training.batch_size
    most_judged = max(config.task.most_test, batch)
    most_tokens = max(LARGEST_LOOK, most_judged)
    held = config.expert.activations(d_in, d_out)
    batched_pairs = most_batched_pairs(num_experts, pair_work(config.expert.products(d_in, d_out), held))
    pairs = max(k * most_tokens, min(num_experts * most_tokens, batched_pairs))
    activations = (pairs + num_shared * most_tokens) * held + most_judged * 2 * hidden
    return Cost(
        parameters=parameters,
        bytes=parameters * BYTES_PER_PARAMETER + activations * BYTES_PER_ACTIVATION,
        flops=float(batch) * products * FLOPS_PER_PRODUCT,
        active_products=active_products,
        plain_hidden=plain_hidden,
        wide_hidden=wide_hidden,
    )
