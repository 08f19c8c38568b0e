"""A person's own table without its file: what a run sees of one, made up here and put in the place of the folder's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from moe_core import tables

DIGEST = "0123456789abcdef"


@dataclass(frozen=True)
class OwnTable:
    """inputs (N, D), float32; targets, int64 (N,) or float32 (N, 1); classes are None for a regression."""

    inputs: np.ndarray
    targets: np.ndarray
    classes: tuple[str, ...] | None

    @property
    def num_inputs(self) -> int:
        return self.inputs.shape[1]

    @property
    def num_outputs(self) -> int:
        return 1 if self.classes is None else len(self.classes)

    @property
    def num_rows(self) -> int:
        return len(self.inputs)


def classes_table(num_rows: int = 120, num_inputs: int = 4, num_classes: int = 3, seed: int = 0) -> OwnTable:
    """Columns of very different units, and classes of which each is equally frequent."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(num_rows, num_inputs)) * 10.0 ** np.arange(num_inputs) + 7.0
    labels = random.permutation(np.arange(num_rows) % num_classes)
    return OwnTable(inputs.astype(np.float32), labels.astype(np.int64), tuple("abcdefghijklmnopqrst"[:num_classes]))


def values_table(num_rows: int = 120, num_inputs: int = 4, seed: int = 0) -> OwnTable:
    """A target of thousands that is the sum of the columns."""
    table = classes_table(num_rows, num_inputs, seed=seed)
    return OwnTable(table.inputs, table.inputs.sum(1, keepdims=True).astype(np.float32), None)


def have(monkeypatch: pytest.MonkeyPatch, table: OwnTable | None) -> None:
    """Let the table of DIGEST be on this machine, and no other; or none at all."""

    def described(digest: str, folder: Path) -> OwnTable:
        if table is None or digest != DIGEST:
            raise tables.TableError(f"There is no table {digest} here; upload its file again.")
        return table

    def loaded(digest: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
        found = described(digest, folder)
        return found.inputs, found.targets

    monkeypatch.setattr(tables, "folder", lambda: Path("nowhere"))
    monkeypatch.setattr(tables, "describe", described)
    monkeypatch.setattr(tables, "load", loaded)
