"""Kept states of a run, so that it can go back and go on from there another way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from moe_core.config.command import Command


@dataclass(frozen=True)
class RunState:
    """Everything that decides how a run goes on after `step` steps.

    log      the commands until then; with the settings of step 0 they give the present ones
    tensors  weights, what interventions set, the optimizer's and the balancer's memory, and the states of the random
             generators, by name
    """

    step: int
    log: tuple[Command, ...]
    tensors: dict[str, Tensor]


Layout = tuple[tuple[str, torch.dtype, torch.Size], ...]
"""The name, type and shape of each tensor of a state. States of as many experts share one."""

ALIGNED = 8
"""Each tensor starts at a multiple of so many bytes."""


@dataclass(frozen=True)
class PackedState:
    """A state as one piece of memory: a tensor by itself takes most of a kilobyte, however few numbers it holds."""

    step: int
    num_commands: int
    layout: Layout
    data: bytes

    def unpack(self, log: tuple[Command, ...]) -> RunState:
        """A copy of the state; `log` begins with the commands until then."""
        data, offset = bytearray(self.data), 0
        tensors = {}
        for name, dtype, shape in self.layout:
            count = shape.numel()
            tensors[name] = torch.frombuffer(data, dtype=dtype, count=count, offset=offset).reshape(shape)
            size = count * dtype.itemsize
            offset += size + -size % ALIGNED
        return RunState(self.step, log[: self.num_commands], tensors)


class TimeMachine:
    """States at a regular spacing of steps, within max_bytes however long the run is.

    When there is no room for the next, every second one is dropped and the spacing doubles. Step 0 stays. A state
    larger than half of max_bytes leaves room for step 0 alone.
    """

    MAX_BYTES: ClassVar[int] = 20 * 2**20
    MOST_STATES: ClassVar[int] = 1024
    """More would not be told apart on a slider."""

    def __init__(self, spacing: int) -> None:
        self.spacing = spacing
        self.max_bytes = self.MAX_BYTES
        """Memory that all states may take. Runs side by side share MAX_BYTES."""
        self._states: dict[int, PackedState] = {}
        self._layout: Layout = ()
        # The latest state's: the logs of the others are beginnings of it.
        self._log: tuple[Command, ...] = ()
        self.bytes = 0
        """Memory that all states take."""
        self.last_step = -1
        """The step of the latest state; -1 without one."""

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that can be gone back to, in order."""
        return tuple(self._states)

    def wants(self, step: int) -> bool:
        """Whether a state of this step belongs to the present spacing."""
        return step % self.spacing == 0 and step not in self._states

    def keep(self, state: RunState) -> None:
        """Keep a state of a later step than all others, or one in place of the latest."""
        replaced = self._states.pop(state.step, None)
        packed = self._pack(state)
        self._states[state.step] = packed
        self.bytes += len(packed.data) - (len(replaced.data) if replaced else 0)
        self.last_step = state.step
        self._log = state.log
        while len(self._states) > 1 and (self.bytes > self.max_bytes or len(self._states) > self.MOST_STATES):
            self.spacing *= 2
            self._choose(lambda kept: kept % self.spacing == 0)

    def state(self, step: int) -> RunState:
        """A copy of a kept state. Raises ValueError for a step that was not kept, naming the nearest."""
        if step not in self._states:
            nearest = min(self._states, key=lambda kept: abs(kept - step))
            raise ValueError(f"step = {step} was refused: no state of it is kept, and the nearest is {nearest}.")
        return self._states[step].unpack(self._log)

    def forget_after(self, step: int) -> None:
        """Drop the states of later steps: the run goes on from here another way."""
        self._choose(lambda kept: kept <= step)

    def copy(self) -> "TimeMachine":
        """The same kept states, to go on another way. They take no more memory: a packed state never changes."""
        other = TimeMachine(self.spacing)
        other.__dict__ |= self.__dict__
        other._states = dict(self._states)
        return other

    def _pack(self, state: RunState) -> PackedState:
        layout = tuple((name, tensor.dtype, tensor.shape) for name, tensor in state.tensors.items())
        if layout != self._layout:
            self._layout = layout
        pieces = (tensor.numpy().tobytes() for tensor in state.tensors.values())
        data = b"".join(piece + bytes(-len(piece) % ALIGNED) for piece in pieces)
        return PackedState(state.step, len(state.log), self._layout, data)

    def _choose(self, wanted: Callable[[int], bool]) -> None:
        self._states = {step: state for step, state in self._states.items() if wanted(step)}
        self.bytes = sum(len(state.data) for state in self._states.values())
        self.last_step = max(self._states, default=-1)
