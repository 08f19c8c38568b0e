"""The seed gives three streams; a draw of its own changes one of them."""

import numpy as np
import pytest
import torch

from moe_core.config import LIVE_FIELDS, TABLE, ConfigError, RunConfig
from moe_core.seeds import seeds_of_streams
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train
from tests.moe_core.test_determinism import weights
from tests.moe_core.test_trainer import next_batch

DRAWS = ("weights_draw", "data_draw")
LARGEST = 2**31 - 1


def test_draw_0_is_what_the_seed_alone_gives() -> None:
    for seed in (0, 7, LARGEST):
        words = np.random.SeedSequence(seed).generate_state(3, np.uint64).tolist()
        assert seeds_of_streams(seed, weights_draw=0, data_draw=0) == tuple(words)


def test_no_two_draws_and_no_two_seeds_share_a_stream() -> None:
    numbers = (0, 1, 2, LARGEST)
    seeds = [seeds_of_streams(seed, draw, draw) for seed in numbers for draw in numbers]
    data, first_weights, _ = zip(*seeds, strict=True)
    assert len({*data, *first_weights}) == 2 * len(seeds)


@pytest.mark.parametrize("router", ["top_k", "noisy_top_k"])
def test_another_draw_of_the_weights_leaves_data_and_batches_as_they_are(router: str) -> None:
    one, other = (Trainer(small_config(weights_draw=draw, router=router)) for draw in (0, 1))
    assert torch.equal(one.task.train_inputs, other.task.train_inputs)
    assert torch.equal(one.task.test_inputs, other.task.test_inputs)
    assert torch.equal(next_batch(one), next_batch(other))
    first, second = weights(one), weights(other)
    alike = {name for name in first if torch.equal(first[name], second[name])}
    # These start at zero, whatever is drawn.
    assert alike <= {"model.router.bias", "model.router.noise_weight"}


def test_another_draw_of_the_data_leaves_the_weights_as_they_are() -> None:
    one, other = (Trainer(small_config(data_draw=draw)) for draw in (0, 1))
    assert not torch.equal(one.task.train_inputs, other.task.train_inputs)
    assert not torch.equal(one.task.test_inputs, other.task.test_inputs)
    first, second = weights(one), weights(other)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(next_batch(one), next_batch(other))


def test_a_draw_gives_the_same_run_each_time() -> None:
    def run(**draws: int) -> str:
        return fingerprint(train(Trainer(small_config(**draws)), 10))

    assert run(weights_draw=3, data_draw=2) == run(weights_draw=3, data_draw=2)
    assert len({run(), run(weights_draw=1), run(data_draw=1), run(weights_draw=LARGEST, data_draw=LARGEST)}) == 4


def test_draws_stand_next_to_the_seed_and_restart_the_run() -> None:
    names = list(TABLE)
    assert names[names.index("seed") + 1 :][:2] == list(DRAWS)
    for name in DRAWS:
        assert name not in LIVE_FIELDS
        with pytest.raises(ConfigError, match="it restarts the run"):
            Trainer(small_config()).do(name, 1)
        with pytest.raises(ConfigError, match="it is a whole number from 0 to 2,147,483,647"):
            RunConfig.from_settings({name: -1})
