"""The Switch router's jitter: on what the router reads, while it trains, and nowhere else."""

import pytest
import torch
from torch import Generator

from moe_core.config.routers import SwitchRouterConfig
from moe_core.layer import MoELayer
from moe_core.routers import SwitchRouter
from tests.moe_core.cases import linear_router, mlp_experts, new_router, random_tokens, route

T, D, E = 200, 3, 4


def jittering(input_jitter: float, seed: int = 0) -> SwitchRouter:
    router = new_router(SwitchRouterConfig(input_jitter=input_jitter), D, E, seed)
    assert isinstance(router, SwitchRouter)
    return router


def test_the_router_reads_each_number_times_a_factor_within_the_jitter_of_one() -> None:
    """Uniform: over many draws the factors reach from 0.7 to 1.3, with mean 1 and variance 0.3^2 / 3."""
    x = torch.ones(20_000, D)
    factors = jittering(0.3).jittered(x)
    assert 0.7 <= float(factors.min()) < 0.701
    assert 1.299 < float(factors.max()) <= 1.3
    assert float(factors.mean()) == pytest.approx(1.0, abs=0.003)
    assert float(factors.var()) == pytest.approx(0.03, abs=0.001)
    assert len(set(factors[0].tolist())) == D


def test_the_tokens_are_not_touched() -> None:
    """Neither where they lie, nor on their way to the experts: with a gate divided out, each gets what it was sent."""
    x = random_tokens(T, D)
    before = x.clone()
    layer = MoELayer(jittering(0.9), mlp_experts(E, D, 5, 2))
    output, routing = layer(x)
    assert torch.equal(x, before)
    gates, expert = routing.gates.max(-1)
    answers = layer.expert_outputs(before)[expert, torch.arange(T)]
    torch.testing.assert_close(output, gates.unsqueeze(-1) * answers)


def test_it_is_there_in_training_alone() -> None:
    router, x = jittering(0.5), random_tokens(T, D)
    clean = route(linear_router(SwitchRouterConfig(), D, E).eval(), x)
    assert not torch.equal(route(router, x).logits, clean.logits)
    assert torch.equal(route(router.eval(), x).logits, clean.logits)


def test_without_it_nothing_is_drawn() -> None:
    router = jittering(0.0)
    assert router.noise is not None
    before = router.noise.get_state()
    route(router, random_tokens(T, D))
    assert torch.equal(router.noise.get_state(), before)


def test_close_calls_fall_either_way_and_clear_ones_do_not() -> None:
    """Two experts score x and 1.01 x; a third far less. A factor of its own for each input mixes up the first two."""
    router = jittering(0.1)
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.01, 0.0], [-9.0, 0.0, 0.0], [-9.0, 0.0, 0.0]]))
        assert router.bias is not None
        router.bias.zero_()
    load = route(router, torch.ones(4000, D)).load
    assert 0.3 < float(load[0]) < 0.5 < float(load[1]) < 0.7
    assert load[2:].tolist() == [0.0, 0.0]


def test_the_first_weights_that_come_after_are_those_without_it() -> None:
    """The stream of the jitter is made from a copy of the generator: what is drawn next does not move."""
    generators = [Generator().manual_seed(3) for _ in range(2)]
    SwitchRouter(d_model=D, num_experts=E, generator=generators[0], input_jitter=0.5)
    torch.randn(E, D, generator=generators[1])
    assert torch.equal(generators[0].get_state(), generators[1].get_state())


@pytest.mark.parametrize("input_jitter", [-0.1, 1.5, float("nan")])
def test_a_jitter_that_turns_signs_is_refused(input_jitter: float) -> None:
    with pytest.raises(ValueError, match=f"^input_jitter = {input_jitter} was refused: it is a number from 0 to 1"):
        SwitchRouter(d_model=D, num_experts=E, generator=Generator(), input_jitter=input_jitter)
