"""The hash router: its table, and the grid that gives ids to tokens that have none."""

import pytest
import torch
from torch import Tensor

from moe_core.config import ConfigError, RunConfig
from moe_core.config.command import Command, after
from moe_core.grid import Grid
from moe_core.layer import MoELayer
from moe_core.routers import HashRouter
from moe_core.routers.router import KILLED
from tests.moe_core.cases import mlp_experts, random_tokens, seeded
from tests.moe_core.naive_layer import naive_expert


def router(num_experts: int = 5, num_ids: int = 64, seed: int = 0) -> HashRouter:
    return HashRouter(d_model=3, num_experts=num_experts, num_ids=num_ids, generator=seeded(seed))


def experts_of(hashed: HashRouter, ids: Tensor) -> list[int]:
    routing = hashed(random_tokens(len(ids), 3), ids)
    assert routing.assigned.sum(-1).tolist() == [1] * len(ids)
    experts: list[int] = routing.assigned.int().argmax(-1).tolist()
    return experts


@pytest.mark.parametrize(("num_experts", "num_ids"), [(5, 64), (8, 1024), (4, 4), (7, 3), (1, 9)])
def test_the_table_is_as_balanced_as_the_ids_allow(num_experts: int, num_ids: int) -> None:
    counts = router(num_experts, num_ids).table.bincount(minlength=num_experts)
    assert counts.sum() == num_ids
    assert int(counts.max() - counts.min()) <= 1


def test_the_table_is_dealt_by_the_generator() -> None:
    one, same, other = (router(seed=seed).table for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("training", [True, False])
def test_the_layer_answers_with_the_expert_of_the_id_and_no_gate(training: bool) -> None:
    hashed, experts, x = router(), mlp_experts(5, 3, 6, 2), random_tokens(20, 3)
    ids = torch.arange(20) * 3
    output, _ = MoELayer(hashed, experts).train(training)(x, ids)
    for token, token_id, made in zip(x, ids, output, strict=True):
        torch.testing.assert_close(made, naive_expert(experts, int(hashed.table[token_id]), token))


def test_the_ids_of_a_killed_expert_are_dealt_in_turn_to_those_alive() -> None:
    hashed, ids = router(), torch.arange(64)
    before = experts_of(hashed, ids)
    hashed.offset[1] = KILLED
    hashed.notice()
    now = experts_of(hashed, ids)
    moved = [expert for expert, was in zip(now, before, strict=True) if was == 1]
    assert moved == ([0, 2, 3, 4] * 4)[: len(moved)]
    assert all(expert == was for expert, was in zip(now, before, strict=True) if was != 1)
    hashed.offset[1] = 0.0
    hashed.notice()
    assert experts_of(hashed, ids) == before


def test_it_needs_ids() -> None:
    with pytest.raises(ValueError, match="token_ids = None was refused: the hash router needs an id for each token"):
        router()(random_tokens(4, 3))


@pytest.mark.parametrize("ids", [[0, 64], [-1, 3]])
def test_it_needs_ids_that_the_table_has(ids: list[int]) -> None:
    with pytest.raises(ValueError, match=f"token_ids = {ids[0]} to {ids[1]} was refused: .* from 0 to 63"):
        router()(random_tokens(2, 3), torch.tensor(ids))


def test_no_expert_can_be_added() -> None:
    config = RunConfig.from_settings({"router": "hash", "balancer": "none"})
    with pytest.raises(ConfigError, match="when router is hash: its table was dealt for the experts that there were"):
        after(config, [Command(0, "clone", 1)])


def test_a_cell_of_the_grid_has_one_id() -> None:
    """Cells are a quarter wide: the id is the first axis's cell, and 33 times the second's, modulo the ids."""
    grid = Grid(num_ids=1024)
    x = torch.tensor([[0.01, 0.01], [0.24, 0.24], [0.26, 0.01], [0.01, 0.26], [-0.01, 0.0], [0.0, -0.01]])
    assert grid(x).tolist() == [0, 0, 1, 33, 1023, 1024 - 33]


def test_cells_of_a_plane_have_ids_of_their_own() -> None:
    places = torch.arange(-3.5, 3.5, 0.25) + 0.1
    cells = torch.cartesian_prod(places, places)
    assert len(set(Grid(num_ids=1024)(cells).tolist())) == len(cells) == 28 * 28


@pytest.mark.parametrize("num_ids", [1, 7, 1024])
@pytest.mark.parametrize("d_model", [1, 2, 64])
def test_every_id_of_the_grid_is_in_the_table(d_model: int, num_ids: int) -> None:
    ids = Grid(num_ids)(100 * random_tokens(500, d_model))
    assert 0 <= int(ids.min()) <= int(ids.max()) < num_ids
    assert len(set(ids.tolist())) > num_ids // 4


def test_a_token_that_is_no_number_has_an_id_too() -> None:
    assert 0 <= int(Grid(64)(torch.tensor([[torch.nan, torch.inf]]))) < 64
