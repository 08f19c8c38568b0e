"""What decides how a run goes on, as named tensors: gathered from a trainer, and put back into one."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from moe_core.config.command import after
from moe_core.model import build_mixture
from moe_core.optimizers import build_optimizer
from moe_core.time_machine import RunState

if TYPE_CHECKING:
    from moe_core.trainer import Trainer


def tensors_of(trainer: "Trainer") -> dict[str, Tensor]:
    """The live tensors by name: weights, what interventions set, both memories, and the random generators' states."""
    owners = (
        ("model", trainer.model),
        ("plain", trainer.plain),
        ("wide", trainer.wide),
        ("balancer", trainer.balancer),
    )
    tensors = {
        f"{owner}.{name}": tensor
        for owner, module in owners
        for name, tensor in module.state_dict(keep_vars=True).items()
    }
    for name, parameter in trainer.parameters.items():
        memory = trainer.optimizer.state[parameter]
        tensors |= {f"optimizer.{kind}.{name}": memory[kind] for kind in memory}
    return tensors | {f"generator.{name}": state for name, state in streams(trainer).items()}


def streams(trainer: "Trainer") -> dict[str, Tensor]:
    """Copies of the states of the random generators that training draws from."""
    return {name: stream.get_state() for name, stream in _generators(trainer).items()}


def put_streams_back(trainer: "Trainer", states: dict[str, Tensor]) -> None:
    """Have the generators draw again what they drew from these states."""
    for name, stream in _generators(trainer).items():
        stream.set_state(states[name])


def restore(trainer: "Trainer", state: RunState) -> None:
    """Put a state of this run back. The trainer then goes on as it did from there; curves and kept states stay.

    The tensors have the names, types and shapes of `tensors_of` a trainer with as many experts.
    """
    config, num_experts = after(trainer.start_config, state.log)
    make_room(trainer, num_experts)
    trainer.retune(config)
    with torch.no_grad():
        for name, tensor in tensors_of(trainer).items():
            if not name.startswith("generator."):
                tensor.copy_(state.tensors[name])
    put_streams_back(trainer, {name: state.tensors[f"generator.{name}"] for name in _generators(trainer)})
    trainer.step_count = state.step
    trainer.log = list(state.log)
    trainer.divergence = trainer.stopped = None
    trainer.notice()


def make_room(trainer: "Trainer", num_experts: int) -> None:
    """Have so many experts, their weights still to be put there."""
    if num_experts == trainer.num_experts:
        return
    trainer.model = build_mixture(trainer.config, torch.Generator(), num_experts).to(trainer.device)
    trainer.optimizer = build_optimizer(trainer.config, trainer.model, (trainer.plain, trainer.wide))
    trainer.notice()


def _generators(trainer: "Trainer") -> dict[str, torch.Generator]:
    streams = {"batches": trainer.batches, "noise": trainer.model.router.noise}
    return {name: stream for name, stream in streams.items() if stream is not None}
