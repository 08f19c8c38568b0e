"""How a linear router starts, and what its temperature divides."""

import math

import pytest
import torch
from torch import Generator, Tensor

from moe_core.config.routers import SwitchRouterConfig
from moe_core.metrics import effective_experts
from moe_core.routers import LinearRouter, build_router
from moe_core.routers.router import KILLED, NEWBORN
from tests.moe_core.cases import random_tokens


def started(num_experts: int, d_model: int, seed: int = 0, **settings: object) -> LinearRouter:
    generator = Generator().manual_seed(seed)
    config = SwitchRouterConfig.model_validate(settings)
    router = build_router(config, d_model=d_model, num_experts=num_experts, generator=generator)
    assert isinstance(router, LinearRouter)
    return router


def angles(rows: Tensor) -> Tensor:
    return torch.atan2(rows[:, 1], rows[:, 0]).remainder(2 * math.pi)


@pytest.mark.parametrize("d_model", [1, 2, 64])
@pytest.mark.parametrize("router_init", ["normal", "circle"])
def test_a_start_of_scale_zero_is_indifferent(router_init: str, d_model: int) -> None:
    router = started(8, d_model, router_init=router_init, router_init_scale=0.0)
    assert not router(random_tokens(5, d_model)).logits.any()


@pytest.mark.parametrize("num_experts", [1, 2, 3, 8])
def test_a_circle_spaces_the_rows_evenly(num_experts: int) -> None:
    rows = started(num_experts, 2, router_init="circle", router_init_scale=3.0).weight.detach()
    torch.testing.assert_close(rows.norm(dim=-1), torch.full((num_experts,), 3.0))
    sorted_angles = angles(rows).sort().values
    gaps = torch.cat([sorted_angles.diff(), (sorted_angles[:1] + 2 * math.pi) - sorted_angles[-1:]])
    torch.testing.assert_close(gaps, torch.full((num_experts,), 2 * math.pi / num_experts), rtol=1e-5, atol=1e-5)


def test_a_circle_has_its_phase_and_its_order_from_the_seed() -> None:
    """Else expert 1 would always own the same place, beside expert 2."""
    starts = [angles(started(8, 2, seed=seed, router_init="circle").weight.detach()) for seed in range(5)]
    steps = [(start[1] - start[0]).remainder(2 * math.pi).item() for start in starts]
    assert len({round(float(start[0]), 3) for start in starts}) == 5
    assert len({round(step, 3) for step in steps}) > 1


def test_a_circle_lies_in_one_plane_of_many_dimensions() -> None:
    rows = started(8, 64, router_init="circle").weight.detach()
    torch.testing.assert_close(rows.norm(dim=-1), torch.ones(8))
    # Eight unit vectors evenly spaced in a plane share their squared length equally between its two directions.
    singular_values = torch.linalg.svdvals(rows)
    torch.testing.assert_close(singular_values[:2], torch.full((2,), 2.0), rtol=1e-5, atol=1e-5)
    assert float(singular_values[2]) < 1e-5


@pytest.mark.parametrize("scale", [0.5, 1.0, 30.0])
@pytest.mark.parametrize("num_experts", [1, 2, 5, 8])
def test_on_a_line_a_circle_gives_each_expert_its_interval(num_experts: int, scale: float) -> None:
    """Of E equal parts of the line from -1 to 1 each has one owner, and each expert one part."""
    router = started(num_experts, 1, router_init="circle", router_init_scale=scale)
    per_part = 50
    places = ((torch.arange(num_experts * per_part) + 0.5) / (num_experts * per_part) * 2 - 1).unsqueeze(-1)
    owner = router(places).assigned.int().argmax(-1).view(num_experts, per_part)
    assert bool((owner == owner[:, :1]).all())
    assert sorted(owner[:, 0].tolist()) == list(range(num_experts))


def test_on_a_line_the_order_of_the_intervals_comes_from_the_seed() -> None:
    orders = {tuple(started(8, 1, seed=seed, router_init="circle").weight.flatten().tolist()) for seed in range(5)}
    assert len(orders) == 5


def test_a_normal_start_has_variance_scale_squared_over_d() -> None:
    rows = started(64, 64, router_init="normal", router_init_scale=4.0).weight.detach()
    assert float(rows.std()) == pytest.approx(4.0 / 8.0, rel=0.05)
    assert float(rows.mean()) == pytest.approx(0.0, abs=0.05)


def test_on_a_plane_a_normal_start_leaves_experts_without_a_point_and_a_circle_does_not() -> None:
    """Without a bias only rows on the convex hull can win. Viewers would take that for collapse."""
    points = random_tokens(4000, 2)

    def loads(router_init: str) -> list[float]:
        return [effective_experts(started(8, 2, seed=seed, router_init=router_init)(points).load) for seed in range(10)]

    assert min(loads("circle")) > 7.9
    assert sum(loads("normal")) / 10 < 5.0


@pytest.mark.parametrize("router_init", ["normal", "circle"])
def test_the_bias_starts_at_zero_or_is_not_there(router_init: str) -> None:
    bias = started(8, 2, router_bias=True, router_init=router_init).bias
    assert bias is not None
    assert bias.tolist() == [0.0] * 8
    without = started(8, 2, router_bias=False)
    assert without.bias is None
    assert [name for name, _ in without.named_parameters()] == ["weight"]


@pytest.mark.parametrize("temperature", [0.1, 1.0, 50.0])
def test_the_temperature_divides_what_the_rows_say(temperature: float) -> None:
    router, x = started(8, 3, temperature=temperature), random_tokens(5, 3)
    assert router.bias is not None
    with torch.no_grad():
        router.bias.copy_(torch.linspace(-1.0, 1.0, 8))
    torch.testing.assert_close(router(x).logits, (x @ router.weight.T + router.bias) / temperature)


@pytest.mark.parametrize("temperature", [0.01, 1.0, 50.0])
def test_a_newborn_is_not_heard_however_cold_or_hot_the_router_is(temperature: float) -> None:
    """The colder, the larger the logits, and the handicap with them; in a hot one it stays what it is."""
    routers = [started(4, 3, temperature=temperature) for _ in range(2)]
    for router, offset in zip(routers, (NEWBORN, KILLED), strict=True):
        assert router.bias is not None
        with torch.no_grad():
            router.bias[3] += 1.0
        router.offset[3] = offset
        router.notice()
    asleep, absent = (router(0.1 * random_tokens(20, 3)).probs for router in routers)
    torch.testing.assert_close(asleep, absent, rtol=2e-6, atol=2e-6)
