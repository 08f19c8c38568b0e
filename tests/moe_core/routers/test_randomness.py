"""Where randomness may come from: a router's own stream, in training, and nowhere else."""

import pytest
import torch

from moe_core.config.routers import RouterConfig
from tests.moe_core.cases import draws, new_router, parts, random_tokens, route, router_configs, router_name

T, D = 13, 3

every_router = pytest.mark.parametrize("config", router_configs(), ids=router_name)
that_draws = pytest.mark.parametrize(
    "config", [config for config in router_configs() if draws(config)], ids=router_name
)
with_noise = pytest.mark.parametrize(
    "config",
    [config for config in router_configs() if route(new_router(config, D), random_tokens(T, D)).noise_std is not None],
    ids=router_name,
)


@every_router
def test_evaluation_draws_no_random_numbers(config: RouterConfig) -> None:
    """Neither from the router's stream nor from that of the process, so that looking at a run does not change it."""
    router, x = new_router(config, D).eval(), random_tokens(T, D)
    streams = [torch.get_rng_state(), *([router.noise.get_state()] if router.noise else [])]
    one, same = parts(route(router, x)), parts(route(router, x))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert route(router, x).noise_std is None
    after = [torch.get_rng_state(), *([router.noise.get_state()] if router.noise else [])]
    assert all(map(torch.equal, streams, after))


@every_router
def test_training_draws_from_the_routers_own_stream_alone(config: RouterConfig) -> None:
    """What it believes has no noise in it, unless what it reads has."""
    router, x = new_router(config, D), random_tokens(10 * T, D)
    before = torch.get_rng_state()
    one, other = parts(route(router, x)), parts(route(router, x))
    assert torch.equal(torch.get_rng_state(), before)
    changed = {name for name, part in one.items() if not torch.equal(part, other[name])}
    assert bool(changed) == draws(config)
    if not config.model_dump().get("input_jitter"):
        assert changed.isdisjoint({"logits", "probs"})


@every_router
def test_the_stream_of_the_process_does_not_matter(config: RouterConfig) -> None:
    x, found = random_tokens(T, D), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        found.append(parts(route(new_router(config, D), x)))
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


@that_draws
def test_a_stream_put_back_draws_the_same_noise_again(config: RouterConfig) -> None:
    router, x = new_router(config, D), random_tokens(T, D)
    assert router.noise is not None
    before = router.noise.get_state()
    one = parts(route(router, x))
    assert not torch.equal(router.noise.get_state(), before)
    router.noise.set_state(before)
    again = parts(route(router, x))
    assert all(torch.equal(one[name], again[name]) for name in one)


@every_router
def test_the_standard_deviation_is_told_where_there_is_noise_and_only_there(config: RouterConfig) -> None:
    """So that a loss that needs the noise knows when there is none."""
    for training in (True, False):
        router, x = new_router(config, D).train(training), random_tokens(T, D)
        one, other = route(router, x), route(router, x)
        is_noise = torch.equal(one.logits, other.logits) and not torch.equal(one.selection, other.selection)
        # What learns nothing has no scores to disturb: its draws are all there is.
        assert (one.noise_std is not None) == (is_noise and config.learns)


@with_noise
def test_noise_is_normal_with_the_standard_deviation_that_is_told(config: RouterConfig) -> None:
    """Divided by it, what was added has mean 0 and variance 1, and lies within one of it 68.27% of the time."""
    routing = route(new_router(config, D), random_tokens(20_000, D))
    assert routing.noise_std is not None
    draws = ((routing.selection - routing.logits) / routing.noise_std).detach()
    assert float(draws.mean()) == pytest.approx(0.0, abs=0.02)
    assert float(draws.square().mean()) == pytest.approx(1.0, abs=0.02)
    assert float((draws.abs() < 1).float().mean()) == pytest.approx(0.6827, abs=0.01)
