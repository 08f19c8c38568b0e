"""The rule that turns gradients into steps, over three groups of parameters with a learning rate each."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from moe_core.config import RunConfig

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
"""The names are those of the optimizer settings in `moe_core.config.optimizer`."""

MEMORY: dict[str, tuple[str, ...]] = {
    "adam": ("step", "exp_avg", "exp_avg_sq"),
    "adamw": ("step", "exp_avg", "exp_avg_sq"),
    "sgd": ("momentum_buffer",),
}
"""What each remembers of every parameter: the number of its steps, running means of gradients and their squares."""


def build_optimizer(
    config: RunConfig,
    router: Iterable[nn.Parameter],
    experts: Iterable[nn.Parameter],
    baselines: Iterable[nn.Parameter],
) -> Optimizer:
    """One optimizer for all models. Its memory is there from the start, all zeros, so that it can be saved and cut."""
    groups = {"router": router, "experts": experts, "baselines": baselines}
    optimizer = OPTIMIZERS[config.optimizer.optimizer](
        [{"name": name, "params": list(parameters)} for name, parameters in groups.items()], lr=0.0, fused=True
    )
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            optimizer.state[parameter] = blank_memory(config.optimizer.optimizer, parameter)
    retune_optimizer(optimizer, config)
    return optimizer


def retune_optimizer(optimizer: Optimizer, config: RunConfig) -> None:
    """Give an optimizer the live settings of a configuration."""
    training = config.training
    rates = {
        "router": training.learning_rate * training.router_rate_factor,
        "experts": training.learning_rate,
        "baselines": training.baseline_learning_rate,
    }
    options = config.optimizer.model_dump(exclude={"optimizer"})
    for group in optimizer.param_groups:
        group.update(options | {"lr": rates[group["name"]]})


def blank_memory(optimizer: str, parameter: Tensor) -> dict[str, Tensor]:
    """What an optimizer remembers of a parameter that it has not moved yet: zeros."""
    return {
        name: torch.zeros((), device=parameter.device) if name == "step" else torch.zeros_like(parameter)
        for name in MEMORY[optimizer]
    }
