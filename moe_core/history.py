"""The curves of a run: one row each time the test split was looked at, thinned so that it never grows past a bound."""

from typing import ClassVar

import numpy as np


class History:
    """Rows of float32 at a regular spacing of steps: the named columns, and each expert's load.

    When MAX_ROWS are full every second row is dropped and from then on only every second one is kept, so that a run
    of any length is drawn from at most MAX_ROWS points. `version` changes then, and tells a reader to start over.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "step",
        "train_loss",
        "train_score",
        "balance_loss",
        "test_loss",
        "test_score",
        "plain_train_loss",
        "plain_test_loss",
        "plain_test_score",
        "wide_train_loss",
        "wide_test_loss",
        "wide_test_score",
        "effective_experts",
        "router_entropy",
    )
    MAX_ROWS: ClassVar[int] = 1024

    def __init__(self, spacing: int, num_experts: int, version: int = 0) -> None:
        self.spacing = spacing
        self.version = version
        self._rows = np.empty((self.MAX_ROWS, len(self.COLUMNS)), dtype=np.float32)
        self._loads = np.empty((self.MAX_ROWS, num_experts), dtype=np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def last_step(self) -> int:
        """The step of the last row; -1 without one."""
        return int(self._rows[self._count - 1, 0]) if self._count else -1

    def rows(self, start: int = 0) -> np.ndarray:
        """Rows from number `start` on, (N, columns)."""
        return self._rows[start : self._count].copy()

    def loads(self, start: int = 0) -> np.ndarray:
        """Each expert's load in these rows, (N, E); NaN for an expert that did not exist yet."""
        return self._loads[start : self._count].copy()

    def column(self, name: str) -> np.ndarray:
        """One curve (N,)."""
        return self._rows[: self._count, self.COLUMNS.index(name)].copy()

    def wants(self, step: int) -> bool:
        """Whether a row of this step belongs to the present spacing."""
        return step % self.spacing == 0

    def append(self, load: np.ndarray, **values: float) -> None:
        """Add one row: the load of each expert (E,), and the columns by name."""
        if self._count == self.MAX_ROWS:
            self._thin()
            if not self.wants(int(values["step"])):
                return
        self._widen(len(load))
        self._rows[self._count] = [values[name] for name in self.COLUMNS]
        self._loads[self._count] = np.nan
        self._loads[self._count, : len(load)] = load
        self._count += 1

    def until(self, step: int, num_experts: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows up to a step, and the loads of so many experts in them: what a run holds that went back there."""
        count = self._count_until(step)
        loads = np.full((count, num_experts), np.nan, dtype=np.float32)
        in_both = min(num_experts, self._loads.shape[1])
        loads[:, :in_both] = self._loads[:count, :in_both]
        return self._rows[:count].copy(), loads

    def forget_after(self, step: int) -> None:
        """Drop the rows of later steps: the run goes on from here another way."""
        count = self._count_until(step)
        if count < self._count:
            self._count = count
            self._narrow()
            self.version += 1

    def restore(self, rows: np.ndarray, loads: np.ndarray, spacing: int) -> None:
        """Take over the rows of a saved run, one or more."""
        self._count = len(rows)
        self._rows[: self._count] = rows
        self._widen(loads.shape[1])
        self._loads[: self._count] = loads
        self._narrow()
        self.spacing = spacing
        self.version += 1

    def copy(self) -> "History":
        """The same curves, to go on another way."""
        other = History(self.spacing, self._loads.shape[1], self.version)
        other._rows, other._loads, other._count = self._rows.copy(), self._loads.copy(), self._count
        return other

    def _count_until(self, step: int) -> int:
        return int(np.searchsorted(self._rows[: self._count, 0], step, side="right"))

    def _widen(self, num_experts: int) -> None:
        """Make room for experts that were added: before that row they did not exist."""
        added = num_experts - self._loads.shape[1]
        if added > 0:
            self._loads = np.pad(self._loads, ((0, 0), (0, added)), constant_values=np.nan)
            self.version += 1

    def _narrow(self) -> None:
        """Leave out experts that no row knows: the last one has all that there were."""
        existing = np.count_nonzero(~np.isnan(self._loads[self._count - 1]))
        self._loads = self._loads[:, :existing]

    def _thin(self) -> None:
        kept = (self._count + 1) // 2
        self._rows[:kept] = self._rows[: self._count : 2].copy()
        self._loads[:kept] = self._loads[: self._count : 2].copy()
        self._count = kept
        self.spacing *= 2
        self.version += 1
