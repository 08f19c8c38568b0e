"""A run taken away as a file, and what is answered of a run at rest."""

import ast
import asyncio
import csv
import json
import os
import signal
import tomllib
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from moe_core import checkpoint
from moe_core.config import RunConfig, presets
from moe_core.questions import ablation, similarity
from moe_core.trainer import Trainer
from server import limits
from server.answers import rest_of
from server.client import LocalSessionHost, RunBusy
from server.protocol import Command, Configure
from tests.server.lines import SETTINGS, OpenRun, say, status_of, step_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    content: bytes


async def get(address: str, path: str, host: str | None = None) -> Response:
    """What the route answers a browser that reached the server by this name."""
    request = Request(address.replace("ws:", "http:") + path, headers={"Host": host} if host else {})

    def fetch() -> Response:
        try:
            with urlopen(request) as response:
                return Response(response.status, response.headers, response.read())
        except HTTPError as error:
            with error:
                return Response(error.code, error.headers, error.read())

    return await asyncio.to_thread(fetch)


@pytest.mark.slow
async def test_every_file_downloads_and_is_what_it_says(
    address: str, host: LocalSessionHost, run: str, open_run: OpenRun, tmp_path: Path
) -> None:
    line = await open_run(host, run)
    await say(line, Configure(settings=SETTINGS, others=[{"learning_rate": 0.5}]))
    for _ in range(12):
        await say(line, Command(command="step"))
    assert await step_of(line) == 12
    files = {}
    for file in ("script.py", "notebook.ipynb", "weights.safetensors", "metrics.csv", "settings.toml"):
        response = await get(address, f"/live/{run}/export/{file}?member=1")
        assert response.status == 200
        assert response.headers["content-disposition"] == f'attachment; filename="moe-lab-{file}"'
        files[file] = response.content
    ast.parse(files["script.py"])
    cells = json.loads(files["notebook.ipynb"])["cells"]
    for cell in cells:
        if cell["cell_type"] == "code":
            ast.parse("".join(cell["source"]))
    (tmp_path / "run.safetensors").write_bytes(files["weights.safetensors"])
    loaded = checkpoint.load(tmp_path / "run.safetensors")
    assert (loaded.step_count, loaded.config.training.learning_rate) == (12, 0.5)
    rows = list(csv.DictReader(files["metrics.csv"].decode().splitlines()))
    assert [float(row["step"]) for row in rows] == [0.0, 10.0]
    settings = tomllib.loads(files["settings.toml"].decode())
    assert (settings["step"], settings["settings"]["learning_rate"]) == (12, 0.5)
    refused = await get(address, f"/live/{run}/export/script.py?member=2")
    assert (refused.status, refused.content) == (409, b"member = 2 was refused: there are 2, from 0.")
    line.close()


async def test_what_cannot_be_had_is_said_in_a_sentence(address: str, run: str) -> None:
    for path, status, sentence in (
        (f"/live/{run}/export/script.py", 404, "The run has no worker now. Press play or step, then try again."),
        (f"/live/{run}/export/passwords.txt", 404, "There is no such file."),
        ("/live/host/export/script.py", 404, "There is no such file."),
        (f"/live/{run}/export/script.py?member=9", 404, "The member of a run is a whole number from 0 to 3."),
        (f"/live/{run}/export/script.py?member=x", 404, "The member of a run is a whole number from 0 to 3."),
    ):
        response = await get(address, path)
        assert response.status == status
        assert response.content.decode().startswith(sentence)
    response = await get(address, f"/live/{run}/export/script.py", host="evil.example")
    assert response.status == 403


@pytest.mark.slow
async def test_a_run_at_rest_is_asked_through_its_worker(host: LocalSessionHost, run: str, open_run: OpenRun) -> None:
    line = await open_run(host, run)
    await say(line, Command(command="step"))
    assert await step_of(line) == 1
    answer = await asyncio.to_thread(host.ask, run)
    trainer = Trainer(RunConfig())
    trainer.step()
    assert answer == rest_of(trainer)
    line.close()


async def test_a_run_at_rest_is_answered_with_the_core_s_own_numbers() -> None:
    trainer = Trainer(presets.load("specialists").config)
    for _ in range(15):
        trainer.step()
    answer = rest_of(trainer)
    assert answer.ablation == ablation(trainer)
    assert answer.similarity == similarity(trainer)
    assert answer.expert_class is not None
    assert answer.untrained_cluster is not None
    assert sum(map(sum, answer.expert_class)) == len(trainer.task.test_inputs)
    assert len(answer.untrained_cluster) == 8
    assert [row[answer.columns.index("step")] for row in answer.rows] == [0.0, 10.0]
    assert [sum(load for load in row if load) for row in answer.loads] == pytest.approx([1.0, 1.0])


async def test_a_class_that_is_missing_from_the_test_split_has_its_column() -> None:
    trainer = Trainer(presets.load("specialists").config)
    labels = trainer.task.test_labels
    assert labels is not None
    labels.zero_()
    answer = rest_of(trainer)
    assert answer.expert_class is not None
    assert {len(row) for row in answer.expert_class} == {trainer.task.num_outputs}


@pytest.mark.slow
async def test_a_busy_run_is_told_from_one_without_a_worker(
    address: str, host: LocalSessionHost, run: str, open_run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await open_run(host, run)
    assert await step_of(line) == 0
    status = await status_of(host, run)
    assert status is not None
    monkeypatch.setattr(limits, "ASK_SECONDS", 0.3)
    monkeypatch.setattr(limits, "EXPORT_SECONDS", 0.3)
    os.kill(status.pid, signal.SIGSTOP)
    try:
        with pytest.raises(RunBusy, match=r"The run is busy: it did not answer in 0\.3 seconds\. Try again\."):
            await asyncio.to_thread(host.ask, run)
        response = await get(address, f"/live/{run}/export/settings.toml")
    finally:
        os.kill(status.pid, signal.SIGCONT)
    assert (response.status, response.content.decode()) == (
        503,
        "The run is busy: it did not answer in 0.3 seconds. Try again.",
    )
    line.close()


async def test_a_regression_at_rest_has_no_classes() -> None:
    answer = rest_of(Trainer(RunConfig.from_settings({"task": "piecewise"})))
    assert (answer.expert_class, answer.untrained_class) == (None, None)
