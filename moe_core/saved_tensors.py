"""What the tensors of a saved run must hold, beside their names, types and shapes, for the run to go on from them."""

import struct

from torch import Tensor

from moe_core.routers.router import KILLED

PLACES = struct.Struct("<8x i 4x Q")
"""Where torch keeps, in a generator's state, how many of its 624 numbers are left, and which one is next."""

NUM_STATES = 624
"""How many numbers the Mersenne twister makes at a time (Matsumoto and Nishimura 1998)."""


def check_tensors(step: int, tensors: dict[str, Tensor]) -> None:
    """Raises ValueError, with the end of a sentence, for tensors that no run of so many steps has."""
    _check_curves(step, tensors["history"], tensors["history_load"])
    if not (tensors["model.router.offset"] > KILLED / 2).any():
        raise ValueError("no expert is alive")
    table = tensors.get("model.router.table")
    if table is not None and not ((table >= 0) & (table < len(tensors["model.router.offset"]))).all():
        raise ValueError("the router's table names experts that are not there")
    for name, tensor in tensors.items():
        if name.startswith("generator."):
            check_generator(tensor)


def _check_curves(step: int, rows: Tensor, loads: Tensor) -> None:
    """Rows (N, columns) are of steps that rise. Loads (N, E) are numbers, for the experts that there were by then."""
    steps = rows[:, 0].double()  # A late step is no number of float32, and would be rounded up.
    # Comparisons with what is not a number are false.
    if not ((steps >= 0) & (steps <= step)).all() or not (steps[1:] > steps[:-1]).all():
        raise ValueError(f"the steps of its curves do not rise from 0 to at most {step}")
    known = loads.isfinite()
    # Experts are added at the end, and none is taken away.
    if not known[:, 0].all() or (known[:, 1:] & ~known[:, :-1]).any():
        raise ValueError("its curves lack the load of an expert")


def check_generator(state: Tensor) -> None:
    """Raises ValueError, with the end of a sentence, for a state from which torch would draw what is not there.

    Torch reads the number that is next without looking whether there is one, so a state must count them right. A new
    generator has 1 left, and 0 is next: it makes 624 first. From then on the two add up to 625.
    """
    left, following = PLACES.unpack_from(state.numpy().tobytes())
    if left < 1 or left + following not in (1, NUM_STATES + 1):
        raise ValueError("a generator's state is none")
