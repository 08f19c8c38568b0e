"""What many tests start from: cases made from the registries, small runs, and fingerprints of runs."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import torch
from torch import Generator, Tensor

from moe_core.config import SECTIONS, TABLE, ConfigError, RunConfig, presets
from moe_core.config.command import Command, after
from moe_core.config.routers import RouterConfig
from moe_core.experts import MLPExperts
from moe_core.layer import MoELayer
from moe_core.routers import LinearRouter, Router, build_router
from moe_core.routing import Routing, TokenRouting
from moe_core.trainer import Trainer
from tests.moe_core.variations import FURTHER, num_groups, variations

NUM_EXPERTS = 6
"""They can be cut into groups of 2 and of 3."""


def router_configs(num_experts: int = NUM_EXPERTS) -> list[Any]:
    """Every router of the registry, with k = 1, 2 and E where it has a k, and with each of its switches on and off.

    Not every combination of these, but every two that can be had together. Groups and branches hold all experts, some,
    or one. A router added to the registry is tested without a change here.
    """
    return [config for variant in SECTIONS["router"] for config in variations(variant, num_experts)]


def learning_routers() -> list[Any]:
    """Those in which there is something to be learned, which depends on the tokens."""
    return [config for config in router_configs() if config.learns]


def sending_routers() -> list[Any]:
    """Those that send tokens to experts. What mixes tokens into slots has no choice, and no logit for each pair."""
    x = torch.ones(1, 1)
    return [config for config in router_configs() if isinstance(route(new_router(config, 1), x), TokenRouting)]


def compared(config: RouterConfig, routing: Routing) -> tuple[Tensor, Tensor]:
    """What was compared and who was chosen: a row for each that chooses, a token, or an expert where experts do."""
    by_experts = config.looks_at_batch
    return (routing.selection.T, routing.assigned.T) if by_experts else (routing.selection, routing.assigned)


def of_size(config: Any, num_experts: int) -> Any:
    """The router's settings, as near as so many experts allow. Groups and branches keep their size."""
    names = ("k", "target_k", "num_groups", "num_branches", "groups_kept")
    sizes = {name: getattr(config, name) for name in names if hasattr(config, name)}
    most = dict.fromkeys(sizes, num_experts)
    if num_groups(config) > 1:
        groups = max(1, num_experts * num_groups(config) // NUM_EXPERTS)
        most |= dict.fromkeys(("num_groups", "num_branches", "groups_kept"), groups)
        if "groups_kept" in sizes:
            most["k"] = num_experts // groups * min(sizes["groups_kept"], groups)
    return config.model_copy(update={name: min(size, most[name]) for name, size in sizes.items()})


def router_name(config: RouterConfig) -> str:
    """A short name for a test's id, such as top_k-2-renormalize-router_bias."""
    values = config.model_dump()
    told = [str(values[name]) for name in ("k", *FURTHER) if name in values]
    groups = [f"{values['groups_kept']}of{values['num_groups']}"] if "num_groups" in values else []
    groups += [f"{values['num_branches']}branches"] if "num_branches" in values else []
    kinds = [values[name] for name in ("score", "group_score") if name in values]
    switches = (name for name, value in values.items() if value is True)
    return "-".join([config.router, *told, *groups, *kinds, *switches])


def new_router(config: RouterConfig, d_model: int, num_experts: int = NUM_EXPERTS, seed: int = 0) -> Router:
    """A router none of whose parameters is zero, so that a forgotten bias shows. It starts in training mode."""
    generator = seeded(seed)
    router = build_router(config, d_model=d_model, num_experts=num_experts, generator=generator)
    with torch.no_grad():
        for name, parameter in router.named_parameters():
            if name != "weight":
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return router


def linear_router(config: RouterConfig, d_model: int, num_experts: int = NUM_EXPERTS, seed: int = 0) -> LinearRouter:
    """The same of a router that has a matrix."""
    router = new_router(config, d_model, num_experts, seed)
    assert isinstance(router, LinearRouter)
    return router


def route(router: Router, x: Tensor) -> Any:
    """The routing that a router decides for x (T, D), of tokens or of slots. The tokens' ids are their places."""
    return router(x, torch.arange(len(x)))


def parts(routing: Routing) -> dict[str, Tensor]:
    """Everything a routing holds a row of for each token and a column of for each expert."""
    names = ("logits", "selection", "probs", "assigned", "kept", "gates")
    return {name: getattr(routing, name) for name in names}


def draws(config: RouterConfig) -> bool:
    """Whether a router of this configuration draws random numbers while it trains."""
    router = new_router(config, 3)
    if router.noise is None:
        return False
    before = router.noise.get_state()
    route(router, random_tokens(2, 3))
    return not torch.equal(router.noise.get_state(), before)


def counts_allowed(config: RouterConfig, num_alive: int = NUM_EXPERTS) -> range:
    """How many experts a token may be assigned, of NUM_EXPERTS of which so many are alive.

    Where groups are closed to it, those that are open may have fewer alive than it would choose, but not none.
    """
    most = min(config.most_chosen(NUM_EXPERTS), num_alive)
    closed = num_groups(config) > 1 and not config.asks_all and num_alive < NUM_EXPERTS
    return range(0 if config.varies else min(1, most) if closed else most, most + 1)


def is_softmax(routing: Routing) -> bool:
    """Whether the probabilities are a softmax of the logits: over 0 for every expert, and the most a gate can be."""
    return torch.allclose(routing.probs, routing.logits.softmax(-1))


def own_logit_gates(routing: Routing) -> bool:
    """Whether each gate depends on its own logit alone: it is its sigmoid."""
    return torch.allclose(routing.gates, routing.logits.sigmoid() * routing.kept)


def small_layer(config: RouterConfig, d_model: int, d_hidden: int, d_out: int) -> MoELayer:
    """A layer with NUM_EXPERTS experts."""
    return MoELayer(new_router(config, d_model), mlp_experts(NUM_EXPERTS, d_model, d_hidden, d_out, seed=1))


def mlp_experts(num_experts: int, d_model: int, d_hidden: int, d_out: int, seed: int = 0) -> MLPExperts:
    """Experts of one hidden ReLU layer."""
    return MLPExperts(
        num_experts=num_experts,
        d_model=d_model,
        d_hidden=d_hidden,
        d_out=d_out,
        generator=seeded(seed),
    )


def seeded(seed: int) -> Generator:
    """A stream of random numbers that always begins the same."""
    return Generator().manual_seed(seed)


def random_tokens(num_tokens: int, d_model: int, seed: int = 2) -> Tensor:
    """x (T, D), normal."""
    return torch.randn(num_tokens, d_model, generator=seeded(seed))


def routing_of(probs: Tensor, assigned: Tensor, kept: Tensor | None = None) -> TokenRouting:
    """A routing written down by hand: gates are the probabilities of the experts that were kept."""
    kept = assigned if kept is None else kept
    logits = probs.log()
    return TokenRouting(logits=logits, selection=logits, probs=probs, assigned=assigned, kept=kept, gates=probs * kept)


SMALL = {"num_experts": 4, "d_hidden": 4, "batch_size": 32}


def small_config(**settings: object) -> RunConfig:
    """A run that takes about a millisecond a step. Linear experts have no width to be small. A router has what it
    cannot do without."""
    settings = NEEDS.get(str(settings.get("router")), {}) | settings
    chosen = RunConfig.from_settings({name: value for name, value in settings.items() if name in SECTIONS})
    return RunConfig.from_settings(
        {name: value for name, value in SMALL.items() if name in chosen.settings()} | settings
    )


NEEDS: dict[str, dict[str, object]] = {
    "importance_and_load": {"router": "noisy_top_k"},
    "sequence_loss": {"sequence_length": 4},
    "group_limited": {"num_groups": 2, "groups_kept": 1, "k": 1},
    "adaptive_l1": {"router": "relu"},
    "dense": {"balancer": "none"},
    "hierarchical": {"balancer": "none"},
    "base": {"balancer": "none"},
    "sinkhorn": {"balancer": "none"},
    "expert_choice": {"balancer": "none"},
    "hash": {"balancer": "none"},
    "random": {"balancer": "none"},
    "soft": {"balancer": "none"},
}
"""What a choice cannot do without."""


def meaningful(config: RunConfig, commands: Iterable[Command]) -> list[Command]:
    """Those that a run may be given: forcing means nothing to some routers, to others a new expert."""
    allowed: list[Command] = []
    for command in commands:
        try:
            after(config, [*allowed, command])
        except ConfigError:
            continue
        allowed.append(command)
    return allowed


SHARED: dict[str, object] = {"num_shared": 2}

MIXTURE_LOSS_CHOICES: list[dict[str, object]] = [
    {"router": "dense", "balancer": "none", "mixture_loss": "competitive", "task": "piecewise"},
    {"router": "dense", "balancer": "none", "mixture_loss": "likelihood"},
]


def each_choice_alone() -> list[dict[str, object]]:
    """Settings that choose each variant of each section once, each by itself, and shared experts.

    Every task, every router, every balancer, and so on. Only the task csv is left out: it needs a table on the machine.
    """
    choices = [(section, choice) for section in SECTIONS if section in TABLE for choice in TABLE[section].choices]
    return [*({section: choice} | NEEDS.get(choice, {}) for section, choice in choices if choice != "csv"), SHARED]


def every_choice() -> list[dict[str, object]]:
    """The same choices in a few runs, since training each by itself takes long; two balancers; the mixture losses.

    Every router begins a run. Any other choice is made in the first run that can have it.
    """
    runs: list[dict[str, object]] = []
    for choice in sorted(each_choice_alone(), key=lambda choice: next(iter(choice)) != "router"):
        if any(choice.items() <= run.items() for run in runs):
            continue
        place = next((run for run in runs if _one_run(run, choice)), None)
        if place is None:
            runs.append(dict(choice))
        else:
            place |= choice
    return [*runs, {"balancer": "switch_loss+z_loss"}, *MIXTURE_LOSS_CHOICES]


def _one_run(one: dict[str, object], other: dict[str, object]) -> bool:
    """Whether a run can have the settings of both."""
    if any(one.get(name, value) != value for name, value in other.items()):
        return False
    try:
        small_config(**one | other)
    except ConfigError:
        return False
    return True


def balancer_sums() -> list[tuple[str, ...]]:
    """Every way to name more than one balancer that is not refused."""
    names = [name for name in TABLE["balancer"].choices if name != "none"]
    return [
        chosen for count in range(2, len(names) + 1) for chosen in combinations(names, count) if _go_together(chosen)
    ]


def _go_together(names: tuple[str, ...]) -> bool:
    try:
        router_for(TABLE["balancer"].parse("+".join(names)))
    except (ConfigError, StopIteration):
        return False
    return True


def router_for(balancer: str) -> str:
    """A router that takes a balancer, or several: the one with noise if that will do."""
    return next(routers_for(balancer))


def routers_for(balancer: str) -> Iterator[str]:
    """All of them."""
    routers = ("noisy_top_k", *TABLE["router"].choices)
    return (router for router in routers if not RunConfig().merge({"balancer": balancer, "router": router})[1])


def preset_trainer(name: str, seed: int, **changes: object) -> Trainer:
    """A preset as the Playground runs it, with another seed, and with other settings where they are named."""
    config = presets.load(name).config
    return Trainer(RunConfig.from_settings(config.settings() | {"seed": seed} | changes))


def train(trainer: Trainer, num_steps: int) -> Trainer:
    """Do some steps; returns the trainer."""
    for _ in range(num_steps):
        trainer.step()
    return trainer


def fingerprint(trainer: Trainer) -> str:
    """A hash of everything that decides how the run goes on, and of its curves. Equal means bitwise equal."""
    digest = hashlib.sha256(repr((trainer.step_count, trainer.config, trainer.log)).encode())
    for name, tensor in sorted(trainer.state().tensors.items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    digest.update(trainer.history.rows().tobytes() + trainer.history.loads().tobytes())
    return digest.hexdigest()
