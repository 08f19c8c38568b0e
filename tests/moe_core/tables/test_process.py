"""A process that reads a file can take no more than it is given, and what ends it is said in a sentence."""

import json
import tempfile
import time

import pytest

from moe_core.tables import TableError, limits
from moe_core.tables.limits import MEMORY_IS_LIMITED, READER, STORED_BYTES, ProcessLimits
from moe_core.tables.process import DONE, run_limited

HERE = "tests.moe_core.tables.processes"
MEMORY = 64 * 2**20


def refused(module: str, bounds: ProcessLimits, data: bytes = b"") -> str:
    with tempfile.TemporaryFile() as output, pytest.raises(TableError) as caught:
        run_limited(f"{HERE}.{module}", data, output, bounds)
    return str(caught.value)


def test_too_much_memory_ends_it_where_the_system_limits_it() -> None:
    bounds = ProcessLimits(memory=MEMORY)
    if MEMORY_IS_LIMITED:
        assert refused("greedy", bounds) == "Reading the file took more than 64 MiB of memory and was stopped."
    else:
        with tempfile.TemporaryFile() as output:
            assert run_limited(f"{HERE}.greedy", b"", output, bounds) == DONE


def test_too_much_processor_time_ends_it() -> None:
    began = time.perf_counter()
    sentence = refused("endless", ProcessLimits(processor_seconds=1))
    assert sentence == (
        "Reading the file was stopped by the system; it may take 1 second of processor time and 1,024 MiB of memory."
    )
    assert time.perf_counter() - began < READER.seconds


def test_too_much_time_ends_it() -> None:
    sentence = refused("sleeping", ProcessLimits(seconds=0.5))
    assert sentence == "Reading the file took more than 0.5 seconds and was stopped."


def test_input_that_is_never_read_does_not_hold_it_up() -> None:
    """More than a pipe holds."""
    sentence = refused("sleeping", ProcessLimits(seconds=0.5), bytes(2**20))
    assert sentence == "Reading the file took more than 0.5 seconds and was stopped."


def test_too_much_output_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryFile() as output, pytest.raises(TableError) as caught:
        run_limited(f"{HERE}.verbose", b"", output, READER)
    assert str(caught.value) == "The file could not be read: its reader ended with exit code 1."
    assert output.closed
    assert "File too large" in capfd.readouterr().err


def test_a_reader_that_breaks_is_told_from_a_refusal(capfd: pytest.CaptureFixture[str]) -> None:
    """What broke is in the server's log."""
    assert refused("nowhere", READER) == "The file could not be read: its reader ended with exit code 1."
    assert "No module named tests.moe_core.tables.processes.nowhere" in capfd.readouterr().err


def test_it_finds_its_input_its_limits_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "not for it")
    with tempfile.TemporaryFile() as output:
        status = run_limited(f"{HERE}.surroundings", b"a,b\n", output, ProcessLimits(memory=2**29))
        output.seek(0)
        found = json.load(output)
    assert status == DONE
    assert found["input"] == "a,b\n"
    assert "SECRET" not in found["environment"]
    assert "HOME" not in found["environment"]
    assert found["processor_seconds"] == [15, 15]
    assert found["core"] == [0, 0]
    assert (found["memory"] == [2**29, 2**29]) == MEMORY_IS_LIMITED


def test_stored_tables_have_room() -> None:
    """The most cells that fit into a file are a digit and a delimiter each; labels take 8 bytes a row."""
    assert limits.BYTES // 2 * 4 + limits.ROWS * 8 + limits.STORED_HEADER_BYTES < STORED_BYTES
