"""Equal configurations and equal commands give bitwise equal runs."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from moe_core.config import RunConfig
from moe_core.config.command import Command
from moe_core.model import build_mixture
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, fingerprint, meaningful, small_config, train
from tests.moe_core.test_trainer import look, next_batch
from tests.source_tree import ROOT

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


MEDDLING = (
    Command(0, "freeze", 0),
    Command(3, "kill", 1),
    Command(3, "force", 2),
    Command(5, "learning_rate", 0.03),
    Command(6, "release", None),
    Command(6, "clone", 2),
    Command(9, "add", None),
    Command(12, "temperature", 2.0),
    Command(12, "unfreeze", 0),
    Command(14, "revive_by_cloning", 1),
    Command(14, "kill", 3),
    Command(18, "revive_afresh", 3),
    Command(18, "batch_size", 20),
    Command(21, "force", 5),
)
"""Every intervention, on two experts more in the end, with settings changed in between, over 25 steps."""


def meddled(settings: dict[str, object]) -> Trainer:
    """A run of 25 steps with all that can be done to it."""
    trainer = Trainer(small_config(**settings))
    trainer.replay(meaningful(trainer.config, MEDDLING), 25)
    return trainer


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in trainer.parameters.items()}


@pytest.mark.slow
def test_two_processes_train_the_same_run() -> None:
    """With all that can be done to a run, and with another hash seed and another global random state in each."""
    script = (
        "import os, random, numpy, torch\n"
        "torch.set_num_threads(1)\n"
        "number = int(os.environ['PYTHONHASHSEED'])\n"
        "random.seed(number); numpy.random.seed(number); torch.manual_seed(number)\n"
        "from tests.moe_core.cases import every_choice, fingerprint\n"
        "from tests.moe_core.test_determinism import meddled\n"
        "for settings in every_choice():\n"
        "    print(fingerprint(meddled(settings)))\n"
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
    here = [fingerprint(meddled(settings)) for settings in every_choice()]
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
    trainer.do("learning_rate", 0.05)
    train(trainer, 5)
    trainer.rewind()
    assert trainer.config.training.learning_rate == 0.05
    assert trainer.log == []
    assert fingerprint(train(trainer, 15)) == fingerprint(train(Trainer(small_config(learning_rate=0.05)), 15))


@every_kind
def test_replaying_the_log_repeats_the_run(settings: dict[str, object]) -> None:
    """Commands at step 0, two at one step, and one that is the last thing that happened."""
    trainer = Trainer(small_config(**settings))
    trainer.do("learning_rate", 0.03)
    train(trainer, 7)
    trainer.do("learning_rate", 0.001)
    if "balance_coefficient" in trainer.config.settings():
        trainer.do("balance_coefficient", 1 / 3)
    train(trainer, 9)
    trainer.do("learning_rate", 1e-5)
    replayed = Trainer(trainer.start_config)
    replayed.replay(trainer.log, trainer.step_count)
    assert replayed.log == trainer.log
    assert fingerprint(replayed) == fingerprint(trainer)


@every_kind
def test_replaying_a_log_with_interventions_repeats_the_run(settings: dict[str, object]) -> None:
    """Experts killed, revived both ways, cloned, added, frozen, forced and released, between changes of settings."""
    trainer = meddled(settings)
    assert trainer.num_experts == (6 if trainer.config.router.grows is True else 4)
    replayed = Trainer(trainer.start_config)
    replayed.replay(trainer.log, trainer.step_count)
    assert replayed.log == trainer.log
    assert fingerprint(replayed) == fingerprint(trainer)


@every_kind
def test_pausing_and_looking_between_interventions_change_nothing(settings: dict[str, object]) -> None:
    straight = meddled(settings)
    paused = Trainer(small_config(**settings))
    for command in straight.log:
        paused.replay([], command.step)
        look(paused)
        paused.do(command.name, command.value)
        look(paused)
    paused.replay([], 25)
    assert fingerprint(paused) == fingerprint(straight)


@every_kind
def test_rewinding_forgets_interventions_and_keeps_settings(settings: dict[str, object]) -> None:
    trainer = meddled(settings)
    trainer.rewind()
    assert (trainer.num_experts, trainer.log, trainer.kept.steps) == (4, [], (0,))
    kept = {"learning_rate": 0.03, "temperature": 2.0, "batch_size": 20}
    kept = {name: value for name, value in kept.items() if name in trainer.config.settings()}
    assert fingerprint(train(trainer, 15)) == fingerprint(train(Trainer(small_config(**settings | kept)), 15))


def test_what_an_intervention_draws_depends_on_the_seed_and_on_when_it_is_done() -> None:
    """Two experts added at one step differ, and so do those added at other steps or under another seed."""

    def newest(seed: int, num_steps: int, num_added: int) -> list[float]:
        trainer = train(Trainer(small_config(seed=seed)), num_steps)
        for _ in range(num_added):
            trainer.do("add")
        row: list[float] = trainer.model.router.get_parameter("weight")[-1].tolist()
        return row

    rows = [newest(0, 3, 1), newest(0, 3, 2), newest(0, 4, 1), newest(1, 3, 1)]
    assert newest(0, 3, 1) == rows[0]
    assert all(one != other for number, one in enumerate(rows) for other in rows[:number])


def test_the_seed_decides_data_weights_batches_and_noise() -> None:
    one, other = (Trainer(small_config(seed=seed, router="noisy_top_k")) for seed in (0, 1))
    assert not torch.equal(one.task.train_inputs, other.task.train_inputs)
    assert not torch.equal(next_batch(one), next_batch(other))
    assert one.model.router.noise is not None
    assert other.model.router.noise is not None
    assert not torch.equal(one.model.router.noise.get_state(), other.model.router.noise.get_state())
    first, second = weights(one), weights(other)
    alike = {name for name in first if torch.equal(first[name], second[name])}
    # These start at zero under every seed.
    assert alike == {"model.router.bias", "model.router.noise_weight"}


def test_weights_batches_and_noise_come_from_streams_of_their_own() -> None:
    """Else the first batch would repeat the numbers that made the weights."""
    trainer = Trainer(small_config(router="noisy_top_k"))
    noise = trainer.model.router.noise
    assert noise is not None
    for source in (trainer.batches, noise):
        stream = torch.Generator()
        stream.set_state(source.get_state())
        again = dict(build_mixture(trainer.config, stream).named_parameters())
        drawn = {name: parameter for name, parameter in trainer.model.named_parameters() if parameter.any()}
        assert not any(torch.equal(again[name], parameter) for name, parameter in drawn.items())
    assert not torch.equal(trainer.batches.get_state(), noise.get_state())


OTHER_MODELS: list[dict[str, object]] = [
    {"router": "switch"},
    {"router": "noisy_top_k"},
    {"router": "dense", "expert": "linear"},
    {"num_experts": 7, "d_hidden": 3, "router_init": "circle"},
]


@pytest.mark.parametrize("settings", OTHER_MODELS, ids=str)
def test_data_and_batches_do_not_depend_on_the_model(settings: dict[str, object]) -> None:
    """So a change of router or size compares models on the same data in the same order, noise or not."""
    one, other = Trainer(small_config()), Trainer(small_config(**settings))
    assert torch.equal(one.task.train_inputs, other.task.train_inputs)
    assert torch.equal(one.task.test_inputs, other.task.test_inputs)
    for _ in range(3):
        assert torch.equal(next_batch(one), next_batch(other))
        train(one, 1)
        train(other, 1)


def test_weights_do_not_depend_on_what_is_set_for_training() -> None:
    one = Trainer(small_config())
    other = Trainer(small_config(learning_rate=0.5, balance_coefficient=2, batch_size=7, optimizer="sgd"))
    first, second = weights(one), weights(other)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_largest_seed_works() -> None:
    train(Trainer(RunConfig.from_settings({"seed": 2**31 - 1})), 1)
