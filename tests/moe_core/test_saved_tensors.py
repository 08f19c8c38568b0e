"""Tensors of the right names, types and shapes, but which no run can go on from, are refused by the file's name."""

import struct
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from moe_core import checkpoint
from moe_core.routers.router import KILLED
from moe_core.saved_tensors import check_generator
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config
from tests.moe_core.test_refused_files import rewrite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.safetensors"


def curves(*steps: float) -> Tensor:
    """Rows of the curves at these steps."""
    rows = torch.zeros(len(steps), 14)
    rows[:, 0] = torch.tensor(steps)
    return rows


NAN, INF = torch.nan, torch.inf
OUT_OF_ORDER = "the steps of its curves do not rise from 0 to at most 5"
WITHOUT_A_LOAD = "its curves lack the load of an expert"


@pytest.mark.parametrize(
    ("tensors", "sentence"),
    [
        ({"history": curves(NAN)}, OUT_OF_ORDER),
        ({"history": curves(INF)}, OUT_OF_ORDER),
        ({"history": curves(-1)}, OUT_OF_ORDER),
        ({"history": curves(6)}, OUT_OF_ORDER),
        ({"history": curves(0, 0), "history_load": torch.zeros(2, 4)}, OUT_OF_ORDER),
        ({"history": curves(0, 4, 2), "history_load": torch.zeros(3, 4)}, OUT_OF_ORDER),
        ({"history_load": torch.full((1, 4), NAN)}, WITHOUT_A_LOAD),
        ({"history_load": torch.tensor([[0.5, NAN, 0.5, NAN]])}, WITHOUT_A_LOAD),
        ({"history_load": torch.tensor([[0.5, 0.5, INF, 0.5]])}, WITHOUT_A_LOAD),
        ({"model.router.offset": torch.full((4,), KILLED)}, "no expert is alive"),
        ({"model.router.offset": torch.full((4,), NAN)}, "no expert is alive"),
    ],
)
def test_tensors_that_hold_what_no_run_has_are_refused_by_name(
    path: Path, tensors: dict[str, Tensor | None], sentence: str
) -> None:
    rewrite(path, tensors=tensors)
    with pytest.raises(ValueError, match=rf"^run\.safetensors does not fit its own settings: {sentence}\.$"):
        checkpoint.load(path)


@pytest.mark.parametrize("place", [(624, 624), (2, 624), (625, 0), (1, 625), (2, 2**64 - 1), (0, 1), (-1, 626)])
def test_a_generator_that_would_draw_past_its_numbers_is_refused(path: Path, place: tuple[int, int]) -> None:
    """Torch itself takes 624 left of 624 and the last one next, and would draw from the memory behind them."""
    state = torch.Generator().get_state()
    left, following = place
    state[8:12] = torch.frombuffer(bytearray(struct.pack("<i", left)), dtype=torch.uint8)
    state[16:24] = torch.frombuffer(bytearray(struct.pack("<Q", following)), dtype=torch.uint8)
    rewrite(path, tensors={"generator.batches": state})
    with pytest.raises(ValueError, match=r"^run\.safetensors does not fit .* a generator's state is none\.$"):
        checkpoint.load(path)


def test_a_generator_counts_its_numbers_whatever_was_drawn() -> None:
    """Some draws take several numbers at once. More than 624 are drawn, so that it made new ones in between."""
    generator = torch.Generator()
    for size in range(1, 60):
        for draw in (torch.rand, torch.randn, torch.randperm):
            check_generator(generator.get_state())
            draw(size, generator=generator)


@pytest.mark.parametrize("name", ["batches", "noise"])
def test_a_generators_state_that_is_none_is_refused_by_name(path: Path, name: str) -> None:
    checkpoint.save(Trainer(small_config(router="noisy_top_k")), path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    save_file(tensors | {f"generator.{name}": torch.zeros_like(tensors[f"generator.{name}"])}, path, metadata)
    with pytest.raises(ValueError, match=r"run\.safetensors does not fit .* a generator's state is none\."):
        checkpoint.load(path)
