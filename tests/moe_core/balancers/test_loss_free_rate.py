"""The rate of the loss-free bias: too slow, right, swinging, and with the wrong sign (Wang et al. 2024, 2408.15664).

A router that does not learn, with 16 experts of which two are chosen, is skewed by its constants; only the bias moves.
Batches hold 512 normal tokens. Each test says what was measured over seeds 0 to 19, as the mean of MaxVio over the
batches of steps 500 to 600; before, at step 0, it is 1.5 to 6.3.
"""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from moe_core.balancers import LossFree
from moe_core.config.routers import TopKRouterConfig
from moe_core.metrics import dead_fraction, max_violation
from moe_core.routers import LinearRouter, build_router
from tests.moe_core.cases import seeded

pytestmark = pytest.mark.slow

E, D, B = 16, 16, 512
STEPS, LAST = 600, 100

every_seed = pytest.mark.parametrize("seed", range(5))


@dataclass(frozen=True)
class Balanced:
    """violation: mean MaxVio of the last batches. loads (LAST, E): the load in each. start: MaxVio of the first."""

    start: float
    violation: float
    loads: Tensor


def balanced(seed: int, rate: float) -> Balanced:
    """Move the bias for STEPS batches."""
    generator = seeded(seed)
    config = TopKRouterConfig(k=2, renormalize=False)
    router = build_router(config, d_model=D, num_experts=E, generator=generator)
    assert isinstance(router, LinearRouter)
    assert router.bias is not None
    balancer, loads = LossFree(rate), []
    with torch.no_grad():
        router.bias.copy_(torch.randn(E, generator=generator))
        for _ in range(STEPS):
            routing = router(torch.randn(B, D, generator=generator))
            balancer.after_step(routing, router)
            loads.append(routing.load)
    last = torch.stack(loads[-LAST:])
    return Balanced(max_violation(loads[0]), sum(map(max_violation, last)) / LAST, last)


@every_seed
def test_at_a_hundredth_of_the_right_rate_nothing_has_happened_yet(seed: int) -> None:
    """u = 0.00001. Measured: 1.8 to 6.4, which is 0.9 to 1.2 times what it was before."""
    run = balanced(seed, 1e-5)
    assert run.violation > 0.8 * run.start


@every_seed
def test_at_the_papers_rate_the_load_is_even_within_500_steps(seed: int) -> None:
    """u = 0.001. Measured: 0.23 to 0.29, of which chance in a batch is most."""
    assert balanced(seed, 1e-3).violation < 0.4


@every_seed
def test_at_a_hundred_times_that_the_load_swings_from_step_to_step(seed: int) -> None:
    """u = 0.1. Measured: 2.3 to 4.6 in a batch, as bad as before. Of the last 100 batches together it is only 0.5 to
    1.6: those who have too much take turns."""
    run = balanced(seed, 0.1)
    assert run.violation > 1.8
    assert max_violation(run.loads.mean(0)) < 0.6 * run.violation


@every_seed
def test_with_the_wrong_sign_most_experts_die(seed: int) -> None:
    """u = -0.001. Measured: 62 to 88% of the experts have under a tenth of their share."""
    assert dead_fraction(balanced(seed, -1e-3).loads[-1]) >= 0.5
