"""What decides how a run goes on, as named tensors: gathered from what learns, and put back into it."""

import torch
from torch import Tensor

from moe_core.learners import Learners


def tensors_of(learners: Learners) -> dict[str, Tensor]:
    """The live tensors by name: weights, what interventions set, both memories, and the random generators' states."""
    owners = (
        ("model", learners.model),
        ("plain", learners.plain),
        ("wide", learners.wide),
        ("balancer", learners.balancer),
    )
    tensors = {
        f"{owner}.{name}": tensor
        for owner, module in owners
        for name, tensor in module.state_dict(keep_vars=True).items()
    }
    for name, parameter in learners.parameters.items():
        memory = learners.optimizer.state[parameter]
        tensors |= {f"optimizer.{kind}.{name}": memory[kind] for kind in memory}
    return tensors | {f"generator.{name}": state for name, state in streams(learners).items()}


def put_back(learners: Learners, tensors: dict[str, Tensor]) -> None:
    """Have these values. The tensors have the names, types and shapes of `tensors_of`, and as many experts."""
    with torch.no_grad():
        for name, tensor in tensors_of(learners).items():
            if not name.startswith("generator."):
                tensor.copy_(tensors[name])
    put_streams_back(learners, {name: tensors[f"generator.{name}"] for name in _generators(learners)})
    learners.notice()


def streams(learners: Learners) -> dict[str, Tensor]:
    """Copies of the states of the random generators that training draws from."""
    return {name: stream.get_state() for name, stream in _generators(learners).items()}


def put_streams_back(learners: Learners, states: dict[str, Tensor]) -> None:
    """Have the generators draw again what they drew from these states."""
    for name, stream in _generators(learners).items():
        stream.set_state(states[name])


def _generators(learners: Learners) -> dict[str, torch.Generator]:
    streams = {"batches": learners.batches, "noise": learners.model.router.noise}
    return {name: stream for name, stream in streams.items() if stream is not None}
