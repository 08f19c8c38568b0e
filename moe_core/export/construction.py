"""What a run is made of, as source code: the settings are written out as arguments."""

from typing import Any

import torch

from moe_core.balancers import BALANCERS, Together
from moe_core.capacity import Capacity
from moe_core.config import RunConfig, cost
from moe_core.config.balancer import balancer_parts
from moe_core.config.routers import HashRouterConfig
from moe_core.experts import EXPERTS
from moe_core.export.calls import assigned, call, literals
from moe_core.export.part import GENERATOR, TORCH, Part, imported
from moe_core.grid import Grid
from moe_core.layer import MoELayer
from moe_core.model import PlainNetwork
from moe_core.optimizers import OPTIMIZERS, blank_memory
from moe_core.routers import ROUTERS
from moe_core.seeds import seeds_of_streams


def random_numbers(config: RunConfig) -> Part:
    """The seeds."""
    numbers = config.training.model_dump(include={"seed", "weights_draw", "data_draw"})
    seeds = assigned("data_seed, weights_seed, batches_seed", seeds_of_streams.__name__, **literals(numbers))
    return Part(
        "Random numbers",
        "The seed gives three independent streams: for the data, for the first weights and for the batches.",
        imported(TORCH, seeds_of_streams),
        f"torch.set_num_threads({torch.get_num_threads()})  # With another number, sums may round in another way.\n"
        f"{seeds}",
    )


def router(config: RunConfig) -> Part:
    """The router, its weights the first that are drawn."""
    return Part(
        "Router",
        "It decides which experts answer each example, and how much each answer counts.",
        imported(GENERATOR, router_class(config)),
        "first_weights = Generator().manual_seed(weights_seed)\n"
        + new_router(config, str(config.model.num_experts), "first_weights"),
    )


def experts(config: RunConfig) -> Part:
    """The experts, and the layer."""
    return Part(
        "Experts",
        "They are the functions that the router chooses among. Router and experts together are the mixture.",
        imported(experts_class(config), *layer_classes(config)),
        "\n".join(
            [
                new_experts(config, str(config.model.num_experts), "first_weights"),
                *new_shared_experts(config),
                new_layer(config),
            ]
        ),
    )


def plain_networks(config: RunConfig) -> Part:
    """The baselines."""
    shape, price = config.task.shape, cost(config)
    networks = [
        f"{name} = PlainNetwork({shape.num_inputs}, {width}, {shape.num_outputs}, first_weights)"
        for name, width in (("plain", price.plain_hidden), ("wide", price.wide_hidden))
    ]
    return Part(
        "Two plain networks",
        "To hold the mixture against: plain does as much work for each example, wide has as many parameters.",
        imported(PlainNetwork),
        "\n".join(networks),
    )


def balance(config: RunConfig) -> Part:
    """The balancer."""
    return Part(
        "Balance",
        "What pushes the load of the experts to be even.",
        imported(*balancer_classes(config)),
        new_balancer(config),
    )


def optimizer(config: RunConfig) -> Part:
    """The optimizer, with its memory."""
    kind = config.optimizer.optimizer
    name = getattr(OPTIMIZERS[kind], "__name__", kind)
    rates = learning_rates(config)
    groups = f"""[
    {{"params": list(router.parameters()), "lr": {rates["router"]}}},
    {{"params": {expert_parameters(config)}, "lr": {rates["experts"]}}},
    {{"params": [*plain.parameters(), *wide.parameters()], "lr": {rates["baselines"]}}},
]"""
    options = config.optimizer.model_dump(exclude={"optimizer"})
    return Part(
        "Optimizer",
        "One for all three models, with a learning rate for the router, one for the experts and one for the plain "
        "networks. Its memory starts at zero.",
        imported(f"from moe_core.optimizers import {name}", blank_memory),
        assigned("optimizer", name, groups, **literals(options), fused="True")
        + f'''
for group in optimizer.param_groups:
    for parameter in group["params"]:
        optimizer.state[parameter] = blank_memory("{kind}", parameter)''',
    )


def router_class(config: RunConfig) -> Any:
    """The class that the settings name."""
    return ROUTERS[config.router.router]


def experts_class(config: RunConfig) -> Any:
    """The class that the settings name."""
    return EXPERTS[config.expert.expert]


def balancer_classes(config: RunConfig) -> list[Any]:
    """The class that the settings name; or the classes, and the one that adds them up."""
    classes: list[Any] = [BALANCERS[name] for name, _ in balancer_parts(config.balancer)]
    return classes if len(classes) == 1 else [*classes, Together]


def new_router(config: RunConfig, num_experts: str, generator: str) -> str:
    """Source of `router = ...`; num_experts and generator are source too."""
    return assigned(
        "router",
        router_class(config).__name__,
        d_model=str(config.task.shape.num_inputs),
        num_experts=num_experts,
        generator=generator,
        **literals(config.router.model_dump(exclude={"router"})),
    )


def new_experts(config: RunConfig, num_experts: str, generator: str, assigned_to: str = "experts") -> str:
    """Source of `experts = ...`; num_experts and generator are source too."""
    return assigned(
        assigned_to,
        experts_class(config).__name__,
        num_experts=num_experts,
        d_model=str(config.task.shape.num_inputs),
        d_out=str(config.task.shape.num_outputs),
        generator=generator,
        **literals(config.expert.model_dump(exclude={"expert"})),
    )


def new_shared_experts(config: RunConfig) -> list[str]:
    """Source of `shared = ...`, where there are any."""
    num_shared = config.model.num_shared
    return [new_experts(config, str(num_shared), "first_weights", assigned_to="shared")] if num_shared else []


def expert_parameters(config: RunConfig, experts: str = "experts") -> str:
    """Source of the parameters that learn at the experts' rate; experts is source too."""
    if config.model.num_shared:
        return f"[*{experts}.parameters(), *shared.parameters()]"
    return f"list({experts}.parameters())"


def layer_classes(config: RunConfig) -> list[Any]:
    """The layer, and what it has beside router and experts."""
    capacity = [] if config.capacity.capacity == "unlimited" else [Capacity]
    return [MoELayer, *capacity, *([Grid] if isinstance(config.router, HashRouterConfig) else [])]


def new_layer(config: RunConfig, assigned_to: str = "mixture = ") -> str:
    """Source of the layer, from `router` and `experts`."""
    options = {"shared": "shared"} if config.model.num_shared else {}
    if config.capacity.capacity != "unlimited":
        options["capacity"] = call("Capacity", **literals(config.capacity.model_dump(exclude={"capacity"})))
    if isinstance(config.router, HashRouterConfig):
        options["identify"] = call("Grid", **literals(config.router.model_dump(include={"num_ids"})))
    return call(f"{assigned_to}MoELayer", "router", "experts", **options)


def new_balancer(config: RunConfig) -> str:
    """Source of `balancer = ...`."""
    parts = [call(BALANCERS[name].__name__, **literals(own)) for name, own in balancer_parts(config.balancer)]
    if len(parts) == 1:
        return f"balancer = {parts[0]}"
    return "\n".join(["parts = [", *(f"    {part}," for part in parts), "]", "balancer = Together(parts)"])


def learning_rates(config: RunConfig) -> dict[str, float]:
    """The rate of each group of parameters, in their order."""
    training = config.training
    return {
        "router": training.learning_rate * training.router_rate_factor,
        "experts": training.learning_rate,
        "baselines": training.baseline_learning_rate,
    }
