"""A file becomes a stored table, through a real process."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moe_core.tables import TableError, describe, load, read_csv, upload
from moe_core.tables.limits import MEMORY_IS_LIMITED, ProcessLimits
from moe_core.tables.reader import parse
from tests.moe_core.tables.tables import table
from tests.source_tree import ROOT


def test_a_file_becomes_a_table(tmp_path: Path) -> None:
    uploaded = read_csv(table(), "kind", tmp_path)
    assert uploaded.columns == ("length", "width")
    assert (uploaded.target, uploaded.classes, uploaded.num_rows) == ("kind", ("cat", "dog"), 20)
    assert (uploaded.num_inputs, uploaded.num_outputs) == (2, 2)
    assert describe(uploaded.digest, tmp_path) == uploaded
    _, inputs, targets = parse(table(), "kind")
    loaded_inputs, loaded_targets = load(uploaded.digest, tmp_path)
    assert np.array_equal(loaded_inputs, inputs)
    assert np.array_equal(loaded_targets, targets)


def test_numbers_to_predict_are_one_output(tmp_path: Path) -> None:
    data = table().replace(b"cat", b"0").replace(b"dog", b"1")
    uploaded = read_csv(data, "length", tmp_path)
    assert (uploaded.classes, uploaded.num_inputs, uploaded.num_outputs) == (None, 2, 1)
    inputs, targets = load(uploaded.digest, tmp_path)
    assert inputs.dtype == targets.dtype == np.float32
    assert (inputs.shape, targets.shape) == ((20, 2), (20, 1))
    # Less their mean, which is 10.
    assert targets.ravel().tolist() == [row - 9.5 for row in range(20)]


def test_a_table_is_named_by_its_file_and_its_target(tmp_path: Path) -> None:
    numbers = table().replace(b"cat", b"0").replace(b"dog", b"1")
    by_kind = read_csv(numbers, "kind", tmp_path)
    assert by_kind.digest != read_csv(numbers, "length", tmp_path).digest
    assert by_kind.digest != read_csv(numbers + b"\n", "kind", tmp_path).digest
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".safetensors"] * 3


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_csv(table(), "kind", tmp_path)
    monkeypatch.setattr(upload, "run_limited", lambda *_: pytest.fail("the file was read again"))
    assert read_csv(table(), "kind", tmp_path) == first


def test_a_stored_table_that_is_not_whole_is_made_again(tmp_path: Path) -> None:
    first = read_csv(table(), "kind", tmp_path)
    (stored,) = tmp_path.iterdir()
    inputs, targets = load(first.digest, tmp_path)
    stored.write_bytes(stored.read_bytes()[:-1])
    with pytest.raises(TableError):
        describe(first.digest, tmp_path)
    assert read_csv(table(), "kind", tmp_path) == first
    again_inputs, again_targets = load(first.digest, tmp_path)
    assert np.array_equal(again_inputs, inputs)
    assert np.array_equal(again_targets, targets)


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_csv(table(change={4: "1,tw–o,cat"}), "kind", tmp_path)
    wanted = 'Column "width", row 4 holds "tw–o"; every column but the target may hold numbers only.'
    assert str(caught.value) == wanted
    assert list(tmp_path.iterdir()) == []


def test_a_first_look_is_taken_before_a_process_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "run_limited", lambda *_: pytest.fail("a process was started"))
    with pytest.raises(TableError, match=r"^The file is empty\.$"):
        read_csv(b"", "kind", tmp_path)
    with pytest.raises(TableError, match='no column "knd"; the nearest name is "kind"'):
        read_csv(table(), "knd", tmp_path)


def test_a_file_that_takes_too_much_is_stopped_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"took more than 0\.001 seconds and was stopped"):
        read_csv(table(), "kind", tmp_path, ProcessLimits(seconds=0.001))
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_in_little_memory_is_stopped_where_the_system_limits_it(tmp_path: Path) -> None:
    rows = "\n".join(f"{row}.123,{row * 7}.5,{row % 3}" for row in range(50_000))
    data = f"a,b,y\n{rows}\n".encode()
    little = ProcessLimits(memory=128 * 2**20)
    if MEMORY_IS_LIMITED:
        with pytest.raises(TableError, match="took more than 128 MiB of memory and was stopped"):
            read_csv(data, "y", tmp_path, little)
    else:
        assert read_csv(data, "y", tmp_path, little).num_rows == 50_000
    assert read_csv(data, "y", tmp_path).num_rows == 50_000


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_csv(table(), "kind", tmp_path / "gone")
    assert str(caught.value) == f"The table cannot be kept in {tmp_path / 'gone'}: No such file or directory."


@given(data=st.binary(max_size=60), place=st.integers(0, 300))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_a_good_file_are_read_or_refused(tmp_path: Path, data: bytes, place: int) -> None:
    """As in this process, through the other one."""
    changed = table()[:place] + data + table()[place:]

    def outcome(read: Callable[[], object]) -> object:
        try:
            return read()
        except TableError as refusal:
            return str(refusal)

    here = outcome(lambda: parse(changed, "kind")[0].columns)
    assert outcome(lambda: read_csv(changed, "kind", tmp_path).columns) == here


def test_a_file_is_read_under_a_main_module_that_is_not_pythons_own(tmp_path: Path) -> None:
    """As under Streamlit, which puts the page there; and from any folder."""
    script = (
        "import sys, types\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "page = types.ModuleType('__main__')\n"
        "page.__file__ = '/nowhere/page.py'\n"
        "sys.modules['__main__'] = page\n"
        "from pathlib import Path\n"
        "from moe_core.tables import read_csv\n"
        "print(read_csv(sys.stdin.buffer.read(), 'kind', Path('.')).num_rows)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, input=table(), capture_output=True, check=True)
    assert (done.stdout.strip(), done.stderr) == (b"20", b"")
