"""The curves of a run: one row each time the test split was looked at, thinned so that it never grows past a bound."""

from typing import ClassVar

import numpy as np


class History:
    """Rows of float32 at a regular spacing of steps.

    When MAX_ROWS are full every second row is dropped and from then on only every second one is kept, so that a run
    of any length is drawn from at most MAX_ROWS points. `version` changes then, and tells a reader to start over.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "step",
        "train_loss",
        "train_accuracy",
        "test_loss",
        "test_accuracy",
        "plain_train_loss",
        "plain_test_loss",
        "plain_test_accuracy",
        "effective_experts",
    )
    MAX_ROWS: ClassVar[int] = 1024

    def __init__(self, spacing: int, version: int = 0) -> None:
        self.spacing = spacing
        self.version = version
        self._rows = np.empty((self.MAX_ROWS, len(self.COLUMNS)), dtype=np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def rows(self, start: int = 0) -> np.ndarray:
        """Rows from number `start` on, (N, columns)."""
        return self._rows[start : self._count].copy()

    def wants(self, step: int) -> bool:
        """Whether a row of this step belongs to the present spacing."""
        return step % self.spacing == 0

    def append(self, **values: float) -> None:
        """Add one row, given by column name."""
        if self._count == self.MAX_ROWS:
            self._thin()
            if not self.wants(int(values["step"])):
                return
        self._rows[self._count] = [values[name] for name in self.COLUMNS]
        self._count += 1

    def restore(self, rows: np.ndarray, spacing: int) -> None:
        """Take over the rows of a saved run."""
        self._count = len(rows)
        self._rows[: self._count] = rows
        self.spacing = spacing
        self.version += 1

    def _thin(self) -> None:
        kept = self._rows[: self._count : 2].copy()
        self._rows[: len(kept)] = kept
        self._count = len(kept)
        self.spacing *= 2
        self.version += 1
