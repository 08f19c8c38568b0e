"""What holds for every router of the registry, with each of its settings."""

import pytest
import torch

from moe_core.config.routers import LinearRouterConfig, RouterConfig, TopKRouterConfig
from moe_core.routers import retune
from moe_core.routers.top_k import TopKRouter
from tests.moe_core.cases import (
    NUM_EXPERTS,
    compared,
    counts_allowed,
    draws,
    is_softmax,
    learning_routers,
    linear_router,
    new_router,
    of_size,
    parts,
    random_tokens,
    route,
    router_configs,
    router_name,
)
from tests.moe_core.variations import num_groups

T, D = 13, 3

every_router = pytest.mark.parametrize("config", router_configs(), ids=router_name)
every_learning_router = pytest.mark.parametrize("config", learning_routers(), ids=router_name)
every_linear_router = pytest.mark.parametrize(
    "config", [config for config in router_configs() if isinstance(config, LinearRouterConfig)], ids=router_name
)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])


def modes(config: RouterConfig) -> list[bool]:
    """Modes in which the same tokens are always routed the same way: training too, if the router draws no noise."""
    return [False] if draws(config) else [False, True]


@each_mode
@every_router
def test_every_part_has_a_row_for_each_token_and_a_column_for_each_expert(config: RouterConfig, training: bool) -> None:
    for name, part in parts(route(new_router(config, D).train(training), random_tokens(T, D))).items():
        assert part.shape == (T, NUM_EXPERTS), name
        assert part.dtype == (torch.bool if name in {"assigned", "kept"} else torch.float32), name


@each_mode
@pytest.mark.parametrize(
    "config", [config for config in router_configs() if not config.looks_at_batch], ids=router_name
)
def test_no_tokens_are_routed_to_nobody(config: RouterConfig, training: bool) -> None:
    """What looks at a batch needs one; all others decide nothing where there is nobody."""
    for name, part in parts(route(new_router(config, D).train(training), torch.empty(0, D))).items():
        assert part.shape == (0, NUM_EXPERTS), name


@every_router
def test_every_parameter_and_buffer_has_the_expert_as_its_first_axis(config: RouterConfig) -> None:
    """So that an expert is added, copied or drawn again by rows. Those that belong to no expert are named."""
    router = new_router(config, D)
    for name, tensor in router.state_dict().items():
        assert name in router.shared_parameters or len(tensor) == NUM_EXPERTS, name


@each_mode
@every_router
def test_probs_are_a_full_distribution(config: RouterConfig, training: bool) -> None:
    """They sum to 1 over the experts. A softmax is never masked to the chosen ones: each expert has a share of it."""
    routing = route(new_router(config, D).train(training), random_tokens(T, D))
    torch.testing.assert_close(routing.probs.sum(-1), torch.ones(T))
    assert bool((routing.probs[routing.assigned | is_softmax(routing)] > 0).all())


@each_mode
@every_router
def test_each_token_is_assigned_as_many_experts_as_the_configuration_says(config: RouterConfig, training: bool) -> None:
    routing = route(new_router(config, D).train(training), random_tokens(T, D))
    assert set(routing.assigned.sum(-1).tolist()) <= set(counts_allowed(config))


@each_mode
@every_router
def test_ties_are_broken(config: RouterConfig, training: bool) -> None:
    """A router that starts at zero scores all experts the same. Each token still gets k of them, and finite gates.

    Or as many as may be: one whose gates are logits gives nobody anything.
    """
    router = new_router(config, D).train(training)
    with torch.no_grad():
        for parameter in router.parameters():
            parameter.zero_()
    routing = route(router, random_tokens(T, D))
    assert set(routing.assigned.sum(-1).tolist()) <= set(counts_allowed(config))
    assert torch.equal(routing.gates > 0, routing.kept)


@each_mode
@every_router
def test_the_chosen_experts_are_those_with_the_highest_selection(config: RouterConfig, training: bool) -> None:
    """Of each token; where experts choose among the tokens of a batch, of each expert."""
    routing = route(new_router(config, D).train(training), random_tokens(T, D))
    for scores, taken in zip(*compared(config, routing), strict=True):
        chosen, others = scores[taken], scores[~taken]
        assert others.numel() == 0 or chosen.numel() == 0 or chosen.min() > others.max()


@each_mode
@every_router
def test_gates_are_zero_where_an_expert_is_not_kept(config: RouterConfig, training: bool) -> None:
    routing = route(new_router(config, D).train(training), random_tokens(T, D))
    assert bool((routing.kept <= routing.assigned).all())
    assert torch.equal(routing.gates != 0, routing.kept)


@each_mode
@every_router
def test_gates_are_shares_of_one_answer(config: RouterConfig, training: bool) -> None:
    """None is negative, and a token's sum to 1 at most where the router has one softmax to give away."""
    routing = route(new_router(config, D).train(training), random_tokens(T, D))
    assert bool((routing.gates >= 0).all())
    assert not is_softmax(routing) or bool((routing.gates.sum(-1) <= 1 + 1e-6).all())


@each_mode
@every_router
def test_load_and_importance_sum_to_one(config: RouterConfig, training: bool) -> None:
    routing = route(new_router(config, D).train(training), random_tokens(T, D))
    torch.testing.assert_close(routing.load.sum(), torch.tensor(1.0))
    torch.testing.assert_close(routing.importance.sum(), torch.tensor(1.0))


@every_learning_router
def test_permuting_tokens_permutes_the_routing(config: RouterConfig) -> None:
    order = torch.arange(T).roll(4)
    for training in modes(config):
        router, x = new_router(config, D).train(training), random_tokens(T, D)
        moved = parts(route(router, x[order]))
        for name, part in parts(route(router, x)).items():
            torch.testing.assert_close(moved[name], part[order], msg=name)


@every_learning_router
def test_permuting_experts_permutes_the_routing(config: RouterConfig) -> None:
    """An expert's number means nothing: rows of the matrix in another order are the same router.

    Groups stay together: they are in another order, and so are the experts in each.
    """
    groups = num_groups(config)
    order_of_groups = torch.arange(groups).roll(1)
    order = torch.arange(NUM_EXPERTS).view(groups, -1)[order_of_groups].roll(1, -1).flatten()
    for training in modes(config):
        router, x = new_router(config, D).train(training), random_tokens(T, D)
        before = parts(route(router, x))
        with torch.no_grad():
            for parameter in router.rows():
                parameter.copy_(parameter[order].clone())
            if groups > 1:
                for name in router.shared_parameters & dict(router.named_parameters()).keys():
                    of_groups = router.get_parameter(name)
                    of_groups.copy_(of_groups[order_of_groups].clone())
        after = parts(route(router, x))
        for name, part in before.items():
            torch.testing.assert_close(after[name], part[:, order], msg=name)


@each_mode
@every_router
def test_the_same_seed_gives_the_same_router(config: RouterConfig, training: bool) -> None:
    """In training too: the first call, and the second."""
    x = random_tokens(T, D)
    one, same, other = (new_router(config, D, seed=seed).train(training) for seed in (0, 0, 1))
    for _ in range(2):
        mine, its, another = (parts(route(router, x)) for router in (one, same, other))
        for name, part in mine.items():
            assert torch.equal(part, its[name]), name
        assert not all(torch.equal(part, another[name]) for name, part in mine.items())


@each_mode
@pytest.mark.parametrize("size", [1e4, 1e8, 1e20])
@every_learning_router
def test_confident_routers_stay_finite(config: RouterConfig, size: float, training: bool) -> None:
    """Logits in the thousands and far above leave probabilities of 0 and 1, and finite gates and gradients.

    The loss looks at no more of a gate than 1, since the square of one that is a logit would be no number.
    """
    router, x = new_router(config, D).train(training), size * random_tokens(T, D)
    routing = route(router, x)
    loss = routing.gates.clamp(max=1.0).square().sum() + routing.probs.square().sum()
    gradients = torch.autograd.grad(loss, list(router.parameters()), allow_unused=True)
    assert bool(routing.gates.isfinite().all())
    assert bool(routing.probs.isfinite().all())
    assert all(bool(gradient.isfinite().all()) for gradient in gradients if gradient is not None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@every_learning_router
def test_a_logit_that_is_not_finite_is_refused(config: RouterConfig, value: float) -> None:
    """One number of one token is broken, and with it the token's logits."""
    router, x = new_router(config, D), random_tokens(T, D)
    x[2, 0] = value
    with pytest.raises(ValueError, match=r"^logits was refused: "):
        route(router, x)


def test_finite_logits_are_not_refused_though_their_sum_overflows() -> None:
    router = new_router(TopKRouterConfig(router_bias=True), D)
    with torch.no_grad():
        router.get_parameter("bias").fill_(1e37)
    assert not route(router, random_tokens(64, D)).logits.sum().isfinite()


@pytest.mark.parametrize("temperature", [0.0, -1.0, 0.009, float("nan")])
def test_a_temperature_that_is_too_low_is_refused(temperature: float) -> None:
    generator = torch.Generator()
    with pytest.raises(ValueError, match=f"^temperature = {temperature} was refused: it is at least 0.01"):
        TopKRouter(d_model=D, num_experts=4, k=1, renormalize=False, generator=generator, temperature=temperature)


@every_linear_router
def test_the_temperature_divides_the_logits(config: RouterConfig) -> None:
    """From the start, or changed while the router works."""
    x = random_tokens(T, D)
    router = linear_router(config, D).eval()
    hot = new_router(config.model_copy(update={"temperature": 4.0}), D).eval()
    before = route(router, x)
    torch.testing.assert_close(route(hot, x).logits, before.logits / 4.0)
    router.temperature = 4.0
    after = route(router, x)
    torch.testing.assert_close(after.logits, before.logits / 4.0)
    torch.testing.assert_close(after.probs, route(hot, x).probs)


@every_router
def test_live_settings_act_as_if_they_had_been_there_from_the_start(config: RouterConfig) -> None:
    values: dict[str, object] = {"temperature": 2.5, "k": 3, "router_noise": 0.5}
    values |= {"input_jitter": 0.2, "second_threshold": 0.7, "p": 0.7, "target_k": 3}
    changes = {name: value for name, value in values.items() if name in type(config).model_fields}
    changed = config.model_copy(update=changes)
    if changed.refusal(NUM_EXPERTS):
        changed = changed.model_copy(update={"k": config.most_chosen(NUM_EXPERTS)})
    one, other = new_router(config, D), new_router(changed, D)
    retune(one, changed)
    x = random_tokens(T, D)
    mine, its = parts(route(one, x)), parts(route(other, x))
    for name, part in mine.items():
        assert torch.equal(part, its[name]), name


@every_router
def test_one_expert_is_always_chosen_with_probability_one(config: RouterConfig) -> None:
    """Its gate is 1 too, or its sigmoid or its logit where that is the gate; by its logit it is asked over zero."""
    routing = route(new_router(of_size(config, 1), D, num_experts=1), random_tokens(T, D))
    torch.testing.assert_close(routing.probs, torch.ones(T, 1))
    wanted = (torch.ones(T, 1), routing.logits.sigmoid(), routing.logits.relu())
    assert any(torch.allclose(routing.gates, gates) for gates in wanted)
    assert torch.equal(routing.assigned, routing.gates > 0)


@every_router
def test_the_first_weights_come_from_the_generator_that_was_given(config: RouterConfig) -> None:
    """And from no other: the stream of the whole process is where it was."""
    before = torch.get_rng_state()
    one, same, other = (new_router(config, D, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    drawn = [name for name, _ in new_router(config, D).named_parameters()]
    assert not any(torch.equal(one[name], other[name]) for name in drawn)
    assert torch.equal(torch.get_rng_state(), before)
