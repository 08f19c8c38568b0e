"""Ids for tokens that have none: the cell of a grid that a token lies in.

    id(x) = (sum_d floor(x_d / w) m^d) mod N        w = 1/4, m = 33, d = 0, 1, ...

Tokens of one cell have one id. With two inputs between -3.5 and 3.5 and N = 1024 each cell has an id of its own;
further out, and with more inputs, cells share ids, as words share the slots of a hash table.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

CELL_WIDTH = 0.25
STRIDE = 33


@dataclass(frozen=True)
class Grid:
    """x (T, D) to ids (T,), whole numbers from 0 to num_ids - 1."""

    num_ids: int

    def __call__(self, x: Tensor) -> Tensor:
        strides = torch.tensor([pow(STRIDE, axis, self.num_ids) for axis in range(x.shape[-1])], device=x.device)
        cells = (x / CELL_WIDTH).floor().nan_to_num(0.0, 0.0, 0.0).long()
        return (cells.remainder(self.num_ids) * strides).sum(-1).remainder(self.num_ids)
