"""The rule that turns gradients into steps: the router, the experts and the baselines each have a learning rate."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from moe_core.config import RunConfig
from moe_core.layer import MoELayer

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
"""The names are those of the optimizer settings in `moe_core.config.optimizer`."""

MEMORY: dict[str, tuple[str, ...]] = {
    "adam": ("step", "exp_avg", "exp_avg_sq"),
    "adamw": ("step", "exp_avg", "exp_avg_sq"),
    "sgd": ("momentum_buffer",),
}
"""What each remembers of every parameter: the number of its steps, running means of gradients and their squares."""


def build_optimizer(config: RunConfig, mixture: MoELayer, baselines: Iterable[nn.Module]) -> Optimizer:
    """One optimizer for all models. Its memory is there from the start, all zeros, so that it can be saved and cut."""
    parameters = [parameter for model in (mixture, *baselines) for parameter in model.parameters()]
    optimizer = OPTIMIZERS[config.optimizer.optimizer](parameters, lr=0.0, fused=True)
    for parameter in parameters:
        optimizer.state[parameter] = blank_memory(config.optimizer.optimizer, parameter)
    retune_optimizer(optimizer, config, mixture, baselines)
    return optimizer


def retune_optimizer(
    optimizer: Optimizer, config: RunConfig, mixture: MoELayer, baselines: Iterable[nn.Module]
) -> None:
    """Give an optimizer the live settings of a configuration, and the models' parameters as they are now.

    Parameters of the same rate stand in one group, since every group costs a call.
    """
    training = config.training
    owners: list[tuple[float, nn.Module]] = [
        (training.learning_rate * training.router_rate_factor, mixture.router),
        (training.learning_rate, mixture.experts),
        *((training.learning_rate, shared) for shared in (mixture.shared,) if shared is not None),
        *((training.baseline_learning_rate, baseline) for baseline in baselines),
    ]
    by_rate: dict[float, list[nn.Parameter]] = {}
    for rate, model in owners:
        by_rate.setdefault(rate, []).extend(model.parameters())
    options = optimizer.defaults | config.optimizer.model_dump(exclude={"optimizer"})
    optimizer.param_groups = [options | {"lr": rate, "params": parameters} for rate, parameters in by_rate.items()]


def blank_memory(optimizer: str, parameter: Tensor) -> dict[str, Tensor]:
    """What an optimizer remembers of a parameter that it has not moved yet: zeros."""
    return {
        name: torch.zeros((), device=parameter.device) if name == "step" else torch.zeros_like(parameter)
        for name in MEMORY[optimizer]
    }
