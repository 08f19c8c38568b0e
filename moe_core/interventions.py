"""What a person does to an expert of a running model, between two steps: freeze, kill, revive, clone, add, force.

Parameters and buffers of router and experts have the expert as their first axis, so an expert is a row of each: it is
copied, drawn again or added as rows. Its part of the optimizer's memory starts again from zero. Adam counts its steps
for a whole parameter, though, and corrects its means by that count: so the first steps of a new row are up to six times
as long as those at the start of a run, for some tens of steps.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from moe_core.config.command import INTERVENTIONS, checked_expert
from moe_core.config.problem import ConfigError, Problem
from moe_core.layer import MoELayer
from moe_core.routers.router import KILLED, NEWBORN

STIR = 0.1
"""Standard deviation of what is added to a copied router row, in units of the row's root mean square. Without it the
copy would have exactly the same scores for ever, and one of the two would never be chosen."""


@dataclass(frozen=True)
class Operation:
    """What an intervention works on.

    layer        the mixture            optimizer   which remembers something of its parameters
    load (E,)    the experts' shares    generator   draws what is new
    fresh        makes a layer of the same kind and size with first weights from a generator
    """

    layer: MoELayer
    optimizer: Optimizer
    load: Tensor
    generator: Generator
    fresh: Callable[[Generator], MoELayer]


def intervene(operation: Operation, name: str, expert: object) -> None:
    """Do one intervention by name, to one expert (counted from 0) or, where it takes none, to None.

    Raises ConfigError for no such intervention, no such expert, or one that cannot be done now.
    """
    if name not in PROCEDURES:
        raise ConfigError([Problem(name, expert, f"it is one of {', '.join(PROCEDURES)}")])
    PROCEDURES[name](operation, checked_expert(name, expert, len(operation.load)))
    operation.layer.router.notice()


def _refused(name: str, expert: int, reason: str) -> ConfigError:
    """People count experts from 1, as the screen does."""
    return ConfigError([Problem(name, f"expert {expert + 1}", reason)])


def _freeze(operation: Operation, expert: int) -> None:
    operation.layer.experts.frozen[expert] = True


def _unfreeze(operation: Operation, expert: int) -> None:
    operation.layer.experts.frozen[expert] = False


def _kill(operation: Operation, expert: int) -> None:
    router = operation.layer.router
    if router.alive.sum() == 1 and router.alive[expert]:
        raise _refused("kill", expert, "it is the last one alive, and somebody has to answer")
    router.offset[expert] = KILLED
    router.forced[expert] = False


def _revive_by_cloning(operation: Operation, expert: int) -> None:
    others = torch.where(operation.layer.router.alive.to(operation.load.device), operation.load, -1.0)
    others[expert] = -1.0
    if others.max() < 0:
        raise _refused("revive_by_cloning", expert, "there is no other expert alive that could be copied")
    _copy(operation, source=operation.layer, row=int(others.argmax()), to=expert)
    _stir(operation, expert)
    operation.layer.router.offset[expert] = 0.0


def _revive_afresh(operation: Operation, expert: int) -> None:
    _copy(operation, source=operation.fresh(operation.generator), row=expert, to=expert)
    operation.layer.router.offset[expert] = 0.0


def _clone(operation: Operation, expert: int) -> None:
    added = _grow(operation)
    _copy(operation, source=operation.layer, row=expert, to=added)
    _stir(operation, added)
    operation.layer.router.offset[added] = operation.layer.router.offset[expert]


def _add(operation: Operation, _num_experts: int) -> None:
    added = _grow(operation)
    _copy(operation, source=operation.fresh(operation.generator), row=0, to=added)
    operation.layer.router.offset[added] = NEWBORN


def _force(operation: Operation, expert: int) -> None:
    router = operation.layer.router
    if not router.alive[expert]:
        raise _refused("force", expert, "it was killed, so it has to be revived first")
    router.forced.fill_(False)
    router.forced[expert] = True


def _release(operation: Operation, _num_experts: int) -> None:
    operation.layer.router.forced.fill_(False)


PROCEDURES: dict[str, Callable[[Operation, int], None]] = {
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "kill": _kill,
    "revive_by_cloning": _revive_by_cloning,
    "revive_afresh": _revive_afresh,
    "clone": _clone,
    "add": _add,
    "force": _force,
    "release": _release,
}
assert list(PROCEDURES) == list(INTERVENTIONS)


def tensors_by_expert(layer: MoELayer) -> Iterator[tuple[nn.Module, str, Tensor]]:
    """Every parameter and buffer of router and experts that has a row for each expert, with its module and name."""
    for module in (layer.router, layer.experts):
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if name not in layer.router.shared_parameters:
                yield module, name, tensor


def _copy(operation: Operation, *, source: MoELayer, row: int, to: int) -> None:
    """Give an expert the weights and the selection bias of another, of this layer or of a fresh one, where it is 0, and
    forget what moved it before."""
    own, others = tensors_by_expert(operation.layer), tensors_by_expert(source)
    for (_, _, tensor), (_, _, other) in zip(own, others, strict=True):
        if isinstance(tensor, nn.Parameter):
            tensor.data[to] = other.data[row].to(tensor.device)
            for memory in _memories(operation.optimizer, tensor):
                memory[to] = 0.0
    operation.layer.router.selection_bias[to] = source.router.selection_bias[row]


def _stir(operation: Operation, expert: int) -> None:
    """Move an expert's router row a little, so that its scores part from those of the one it was copied from."""
    for parameter in operation.layer.router.rows():
        row = parameter.data[expert]
        size = STIR * row.square().mean().sqrt()
        row += size * torch.randn(row.shape, generator=operation.generator).to(row)


def _grow(operation: Operation) -> int:
    """Add a row of zeros to every parameter, buffer and memory, one expert more. Returns its number.

    Parameters are new objects then: the optimizer is to be told of them afterwards.
    """
    layer, optimizer = operation.layer, operation.optimizer
    replaced: dict[nn.Parameter, nn.Parameter] = {}
    for module, name, tensor in list(tensors_by_expert(layer)):
        longer = torch.cat([tensor.data, torch.zeros_like(tensor.data[:1])])
        if isinstance(tensor, nn.Parameter):
            parameter = nn.Parameter(longer)
            setattr(module, name, parameter)
            replaced[tensor] = parameter
        else:
            setattr(module, name, longer)
    for old, new in replaced.items():
        optimizer.state[new] = {
            name: torch.cat([memory, torch.zeros_like(memory[:1])]) if memory.shape == old.shape else memory
            for name, memory in optimizer.state.pop(old).items()
        }
    return len(layer.router.offset) - 1


def _memories(optimizer: Optimizer, parameter: nn.Parameter) -> list[Tensor]:
    """What the optimizer remembers of each entry of a parameter."""
    return [memory for memory in optimizer.state[parameter].values() if memory.shape == parameter.shape]
