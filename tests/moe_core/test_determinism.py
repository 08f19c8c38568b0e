"""Equal configurations and equal commands give bitwise equal runs."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from moe_core.config import RunConfig
from moe_core.model import MoEClassifier
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, fingerprint, small_config, train
from tests.moe_core.test_trainer import look, next_batch
from tests.source_tree import ROOT

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in trainer.parameters.items()}


@pytest.mark.slow
def test_two_processes_train_the_same_run() -> None:
    """With another hash seed and another global random state in each, and the same as this process."""
    script = (
        "import os, random, numpy, torch\n"
        "torch.set_num_threads(1)\n"
        "number = int(os.environ['PYTHONHASHSEED'])\n"
        "random.seed(number); numpy.random.seed(number); torch.manual_seed(number)\n"
        "from moe_core.trainer import Trainer\n"
        "from tests.moe_core.cases import every_choice, fingerprint, small_config, train\n"
        "for settings in every_choice():\n"
        "    print(fingerprint(train(Trainer(small_config(**settings)), 25)))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(number)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    printed = [process.communicate()[0].split() for process in processes]
    here = [fingerprint(train(Trainer(small_config(**settings)), 25)) for settings in every_choice()]
    assert printed == [here, here]


@every_kind
def test_pausing_and_looking_change_nothing(settings: dict[str, object]) -> None:
    """A run that is paused, looked at, and shares its process with others that use random numbers goes on the same."""
    straight = train(Trainer(small_config(**settings)), 30)
    paused = Trainer(small_config(**settings))
    for _ in range(5):
        train(paused, 6)
        look(paused)
        train(Trainer(small_config(seed=1)), 2)
        random.seed()
        np.random.seed()
        torch.seed()
    assert fingerprint(paused) == fingerprint(straight)


@every_kind
def test_rewinding_repeats_the_run(settings: dict[str, object]) -> None:
    trainer = Trainer(small_config(**settings))
    start, version = fingerprint(trainer), trainer.history.version
    end = fingerprint(train(trainer, 25))
    trainer.rewind()
    assert fingerprint(trainer) == start
    assert trainer.history.version != version
    assert fingerprint(train(trainer, 25)) == end


def test_rewinding_keeps_the_present_settings_and_forgets_the_log() -> None:
    trainer = train(Trainer(small_config()), 5)
    trainer.set("learning_rate", 0.05)
    train(trainer, 5)
    trainer.rewind()
    assert trainer.config.training.learning_rate == 0.05
    assert trainer.log == []
    assert fingerprint(train(trainer, 15)) == fingerprint(train(Trainer(small_config(learning_rate=0.05)), 15))


@every_kind
def test_replaying_the_log_repeats_the_run(settings: dict[str, object]) -> None:
    """Commands at step 0, two at one step, and one that is the last thing that happened."""
    trainer = Trainer(small_config(**settings))
    trainer.set("learning_rate", 0.03)
    train(trainer, 7)
    trainer.set("learning_rate", 0.001)
    if "balance_coefficient" in trainer.config.settings():
        trainer.set("balance_coefficient", 1 / 3)
    train(trainer, 9)
    trainer.set("learning_rate", 1e-5)
    replayed = Trainer(trainer.start_config)
    replayed.replay(trainer.log, trainer.step_count)
    assert replayed.log == trainer.log
    assert fingerprint(replayed) == fingerprint(trainer)


def test_the_seed_decides_data_weights_and_batches() -> None:
    one, other = Trainer(small_config(seed=0)), Trainer(small_config(seed=1))
    assert not torch.equal(one.task.train_inputs, other.task.train_inputs)
    assert not torch.equal(next_batch(one), next_batch(other))
    changed = [not torch.equal(a, b) for a, b in zip(weights(one).values(), weights(other).values(), strict=True)]
    # The router's bias starts at zero under every seed.
    assert changed.count(False) == 1


def test_weights_and_batches_come_from_streams_of_their_own() -> None:
    """Else the first batch would repeat the numbers that made the weights."""
    trainer = Trainer(small_config())
    stream = torch.Generator()
    stream.set_state(trainer.batches.get_state())
    model = MoEClassifier(trainer.config, stream)
    assert not torch.equal(model.layer.experts.w_in, trainer.model.layer.experts.w_in)


def test_data_and_batches_do_not_depend_on_the_model() -> None:
    """So a change of router or size compares models on the same data in the same order."""
    one = Trainer(small_config(router="switch"))
    other = Trainer(small_config(num_experts=7, d_hidden=3, router_init="circle"))
    assert torch.equal(one.task.train_inputs, other.task.train_inputs)
    assert torch.equal(next_batch(one), next_batch(other))
    for trainer in (one, other):
        train(trainer, 3)
    assert torch.equal(next_batch(one), next_batch(other))


def test_weights_do_not_depend_on_what_is_set_for_training() -> None:
    one, other = Trainer(small_config()), Trainer(small_config(learning_rate=0.5, balance_coefficient=2, batch_size=7))
    first, second = weights(one), weights(other)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_largest_seed_works() -> None:
    train(Trainer(RunConfig.from_settings({"seed": 2**31 - 1})), 1)
