"""Where a run trains: what is there is found, what is not is refused, and a GPU gives the processor's answers."""

from pathlib import Path

import pytest
import torch

from moe_core import checkpoint, device
from moe_core.config import TABLE, ConfigError
from moe_core.device import find_device
from moe_core.questions import ablation, pulls, saturation, similarity
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train


def have(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """A machine with these devices beside its processor."""
    monkeypatch.setattr(
        device, "USABLE", {name: lambda there=name in (*names, "cpu"): there for name in ("cuda", "mps", "cpu")}
    )


def test_the_processor_is_always_there() -> None:
    assert find_device("cpu") == torch.device("cpu")
    assert Trainer(small_config(device="cpu")).device == torch.device("cpu")


@pytest.mark.parametrize(
    ("names", "chosen"), [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("mps", "cuda"), "cuda")], ids=str
)
def test_auto_takes_the_first_there_is(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], chosen: str) -> None:
    have(monkeypatch, *names)
    assert find_device("auto") == torch.device(chosen)


def test_auto_is_one_of_those_that_torch_finds() -> None:
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    assert find_device("auto").type == next(name for name, usable in there.items() if usable)
    assert set(TABLE["device"].choices) == {"auto", *device.USABLE}


@pytest.mark.parametrize(
    ("names", "asked", "there"),
    [((), "cuda", "cpu"), ((), "mps", "cpu"), (("mps",), "cuda", "mps, cpu"), (("cuda",), "mps", "cuda, cpu")],
)
def test_a_device_that_is_not_there_is_refused_with_what_is(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], asked: str, there: str
) -> None:
    have(monkeypatch, *names)
    with pytest.raises(ConfigError) as refused:
        find_device(asked)
    assert str(refused.value) == f"device = {asked} was refused: this machine does not have it; it has {there}."


def test_everything_of_a_run_is_on_its_device() -> None:
    trainer = Trainer(small_config(router="noisy_top_k", device="cpu"))
    trainer.do("add")
    tensors = [value for value in vars(trainer.task).values() if isinstance(value, torch.Tensor)]
    for model in (trainer.model, trainer.plain, trainer.wide, trainer.balancer):
        tensors += [*model.parameters(), *model.buffers()]
    assert {tensor.device for tensor in tensors} == {trainer.device}


@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA GPU")
@pytest.mark.parametrize(
    "settings",
    [{}, {"router": "noisy_top_k"}, {"router": "dense"}, {"task": "digits", "router": "switch"}, {"task": "piecewise"}],
    ids=str,
)
def test_a_gpu_trains_as_the_processor_does_needs_cuda(settings: dict[str, object], tmp_path: Path) -> None:
    """The same data, weights, batches and noise, so that after some steps and interventions only rounding differs."""
    runs = {name: Trainer(small_config(device=name, **settings)) for name in ("cpu", "cuda")}
    for trainer in runs.values():
        train(trainer, 5)
        for name, expert in (("freeze", 0), ("clone", 1), ("add", None), ("kill", 2), ("revive_afresh", 2)):
            trainer.do(name, expert)
        train(trainer, 5)
    states = [trainer.state().tensors for trainer in runs.values()]
    torch.testing.assert_close(states[1], states[0], rtol=1e-3, atol=1e-4)
    measured = [trainer.measure() for trainer in runs.values()]
    assert measured[1] == pytest.approx(measured[0], rel=0.02, abs=0.02)
    gpu = runs["cuda"]
    assert gpu.model.router.offset.device.type == "cuda"
    assert len(ablation(gpu)) == len(similarity(gpu)) == 6
    assert pulls(gpu).task.isfinite().all()
    assert all(0 <= share <= 1 for _, share, _ in saturation(gpu))
    path = tmp_path / "run.safetensors"
    checkpoint.save(gpu, path)
    loaded = checkpoint.load(path)
    assert all(torch.equal(loaded.state().tensors[name], tensor) for name, tensor in gpu.state().tensors.items())
    gpu.go_back(0)
    assert gpu.num_experts == 4
    train(gpu, 3)
