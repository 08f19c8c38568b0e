"""What is left of a run when its worker ends, and how it goes on from there."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from moe_core import checkpoint
from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server.client import LocalSessionHost
from server.control import Started
from server.frames import unpack
from server.protocol import Command, Configure, FrameRequest
from server.stream import StreamEnded
from tests.server.conftest import KEPT_STATES
from tests.server.lines import SETTINGS, OpenRun, run_number, say, status_of, step_of
from tests.server.processes import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def contents(path: Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    with safe_open(path, framework="pt") as file:
        return file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


async def test_a_restart_from_the_kept_state_goes_on_bitwise(
    session_host: LocalSessionHost, host: LocalSessionHost, run: str, tmp_path: Path, open_run: OpenRun
) -> None:
    torch.set_num_threads(1)
    line = await open_run(host, run)
    for _ in range(12):
        await say(line, Command(command="step"))
    await say(line, Configure(settings=SETTINGS | {"learning_rate": 0.02}))
    assert await step_of(line) == 12
    status = await status_of(host, run)
    assert status is not None

    async def is_kept() -> bool:
        status = await status_of(host, run)
        return status is not None and status.kept_step == 12

    await until(is_kept)
    await asyncio.to_thread(host.ask, run)  # Its answer comes after the last change was kept.
    os.kill(status.pid, signal.SIGKILL)
    with pytest.raises(StreamEnded):
        await line.receive()
    line.close()
    assert host.kept_step(run) == 12

    assert isinstance(await host.start(run, SETTINGS, [], None), Started)
    line = await host.line(run)
    for _ in range(12):
        await say(line, Command(command="step"))
    assert await step_of(line) == 24
    await host.stop(run)
    line.close()

    trainer = Trainer(RunConfig())
    for step in range(24):
        if step == 12:
            trainer.do("learning_rate", 0.02)
        trainer.step()
    checkpoint.save(trainer, tmp_path / "whole.safetensors")
    metadata, tensors = contents(session_host.place.kept(run))
    expected_metadata, expected = contents(tmp_path / "whole.safetensors")
    assert metadata == expected_metadata
    assert tensors.keys() == expected.keys()
    assert all(tensors[name].numpy().tobytes() == expected[name].numpy().tobytes() for name in expected)


async def test_a_kept_state_that_cannot_be_read_starts_over(
    session_host: LocalSessionHost, host: LocalSessionHost, run: str, open_run: OpenRun
) -> None:
    session_host.place.kept(run).write_bytes(b"not a run")
    line = await open_run(host, run)
    await say(line, FrameRequest())
    header, _ = unpack(await line.receive())
    assert header["step"] == 0
    assert header["message"].startswith("The run is back at step 0.")
    line.close()


async def test_a_running_run_is_kept_every_two_seconds(host: LocalSessionHost, run: str, open_run: OpenRun) -> None:
    line = await open_run(host, run)
    await say(line, Command(command="play"))
    await until(lambda: (host.kept_step(run) or 0) > 0)
    first = host.kept_step(run) or 0
    await until(lambda: (host.kept_step(run) or 0) > first)
    line.close()


async def test_only_the_newest_states_are_kept(
    session_host: LocalSessionHost, host: LocalSessionHost, open_run: OpenRun
) -> None:
    runs = [run_number(number) for number in range(KEPT_STATES + 2)]
    for run in runs:
        line = await open_run(host, run)
        await say(line, Command(command="step"))
        await step_of(line)
        await host.stop(run)
    assert session_host.place.kept_runs() == runs[: -KEPT_STATES - 1 : -1]
