"""Stored tables: described by their header alone, loaded with every number checked, never trusted."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from moe_core.tables import Table, TableError, describe, folder, limits, load
from moe_core.tables import table as tables_table
from moe_core.tables.reader import parse
from moe_core.tables.stored import FORMAT, Description
from tests.moe_core.tables.tables import table
from tests.source_tree import ROOT

DIGEST = "0123456789abcdef"
NAME = f"{DIGEST}.safetensors"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The file of a good table of 20 rows."""
    description, inputs, targets = parse(table(), "kind")
    save_file({"inputs": inputs, "targets": targets}, tmp_path / NAME, description.metadata())
    return tmp_path / NAME


def refused(path: Path, function: Callable[[str, Path], object] = describe) -> str:
    with pytest.raises(TableError) as caught:
        function(DIGEST, path.parent)
    return str(caught.value)


def write(path: Path, header: bytes, data: bytes) -> None:
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """The header and the data of a stored table."""
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def change_header(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    header, data = parts(path)
    change(header)
    write(path, json.dumps(header).encode(), data)


def change_description(path: Path, **values: object) -> None:
    def change(header: dict[str, Any]) -> None:
        described = json.loads(header["__metadata__"]["table"])
        header["__metadata__"]["table"] = json.dumps(described | values)

    change_header(path, change)


def test_a_table_is_described_by_its_header_alone(stored: Path) -> None:
    """The numbers are holes in the file, which would all be zero if they were read."""
    wanted = Table(DIGEST, ("length", "width"), "kind", ("cat", "dog"), 20)
    assert describe(DIGEST, stored.parent) == wanted
    header, data = parts(stored)
    write(stored, json.dumps(header).encode(), bytes(len(data)))
    assert describe(DIGEST, stored.parent) == wanted


def test_a_table_that_did_not_change_is_read_once(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of one setting asks for it several times. Its file is asked only when it was last written."""
    wanted = describe(DIGEST, stored.parent)
    with monkeypatch.context() as patch:
        patch.setattr(tables_table, "read_description", lambda path: pytest.fail("it was read again"))
        assert describe(DIGEST, stored.parent) == wanted
    change_description(stored, target="sort")
    os.utime(stored, ns=(0, stored.stat().st_mtime_ns + 1))
    assert describe(DIGEST, stored.parent).target == "sort"
    stored.unlink()
    assert refused(stored) == f"There is no table {DIGEST} here; upload its file again."


def test_describing_loads_neither_numpy_nor_safetensors(stored: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom moe_core.tables import describe\n"
        f"describe({DIGEST!r}, Path({str(stored.parent)!r}))\n"
        "print([name for name in ('numpy', 'safetensors') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tables_load_neither_torch_nor_what_takes_long() -> None:
    script = (
        "import sys\nimport moe_core.tables\n"
        "print([name for name in ('torch', 'pandas', 'sklearn', 'numpy', 'streamlit') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("digest", ["", "0123", DIGEST + "0", DIGEST.upper(), "../../../etc/pass", DIGEST[:-1] + "\n"])
@pytest.mark.parametrize("function", [describe, load])
def test_only_a_digest_is_looked_for(function: Callable[[str, Path], object], digest: str) -> None:
    """The folder is not there, so that looking for anything would be said in another way."""
    with pytest.raises(TableError, match=r"names no table; a table's name is 16 digits from 0 to 9 and a to f\.$"):
        function(digest, Path("/nowhere"))


@pytest.mark.parametrize("function", [describe, load])
def test_a_table_that_is_not_there_is_named(function: Callable[[str, Path], object], tmp_path: Path) -> None:
    assert refused(tmp_path / NAME, function) == f"There is no table {DIGEST} here; upload its file again."


def test_a_folder_in_the_place_of_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert refused(tmp_path / NAME) == f"{NAME} cannot be read: Is a directory."


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        bytes(8),
        (100).to_bytes(8, "little") + b"{}",
        (2**63).to_bytes(8, "little") + b"{}",
        (64 * 1024 + 1).to_bytes(8, "little") + bytes(70_000),
    ],
    ids=["empty", "no length", "length 0", "past the end", "far past the end", "over 64 KiB"],
)
def test_a_header_out_of_bounds_is_not_read(content: bytes, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert refused(tmp_path / NAME) == f"{NAME} is not a stored table: its header is too large or cut off."


@pytest.mark.parametrize(
    "header",
    [b"\xff\xfe", b"{", b"[]", b"nul", b"[" * 60_000, b'{"__metadata__":' * 4000],
    ids=["not UTF-8", "cut off", "a list", "no JSON", "deep", "deep in the metadata"],
)
def test_a_header_that_is_none_is_refused(header: bytes, tmp_path: Path) -> None:
    write(tmp_path / NAME, header, b"")
    assert refused(tmp_path / NAME) == f"{NAME} is not a whole stored table: its header cannot be read."


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda header: header.pop("targets"), "targets"),
        (lambda header: header.pop("__metadata__"), "__metadata__"),
        (lambda header: header.update(more=header["inputs"]), "more"),
        (lambda header: header["inputs"].update(shape="20"), "inputs.shape"),
        (lambda header: header["inputs"].update(shape=[20.5, 2]), "inputs.shape.0"),
        (lambda header: header["inputs"].update(data_offsets=[0]), "inputs.data_offsets.1"),
        (lambda header: header["__metadata__"].update(table="{"), "header"),
        (lambda header: header["__metadata__"].update(table="\ud800"), "header"),
    ],
)
def test_a_header_of_another_kind_is_refused(
    change: Callable[[dict[str, Any]], None], where: str, stored: Path
) -> None:
    change_header(stored, change)
    assert refused(stored) == f"{NAME} is not a whole stored table: its {where} cannot be read."


def test_another_format_is_refused(stored: Path) -> None:
    change_header(stored, lambda header: header["__metadata__"].update(format="moe-lab-run-1"))
    assert refused(stored) == f"{NAME} is not a table of this program: its format is not {FORMAT}."


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"columns": []}, "columns"),
        ({"columns": [f"c{position}" for position in range(64)]}, "columns"),
        ({"columns": ["length", ""]}, "columns.1"),
        ({"columns": ["length", "w" * 65]}, "columns.1"),
        ({"target": None}, "target"),
        ({"classes": ["cat"]}, "classes"),
        ({"classes": [str(label) for label in range(21)]}, "classes"),
        ({"rows": 19}, "rows"),
        ({"rows": 50_001}, "rows"),
        ({"rows": "20"}, "rows"),
        ({"more": 1}, "more"),
    ],
)
def test_a_description_out_of_bounds_is_refused(values: dict[str, object], where: str, stored: Path) -> None:
    change_description(stored, **values)
    assert refused(stored) == f"{NAME} is not a whole stored table: its {where} cannot be read."


@pytest.mark.parametrize("values", [{"columns": ["width", "width"]}, {"target": "width"}, {"classes": ["cat", "cat"]}])
def test_a_name_that_is_there_twice_is_refused(values: dict[str, object], stored: Path) -> None:
    change_description(stored, **values)
    assert refused(stored) == f"{NAME} is not a whole stored table: a name is there twice."


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"columns": ["length"]}, "inputs are not F32 [20, 1]"),
        ({"rows": 21}, "inputs are not F32 [21, 2]"),
        ({"classes": None}, "targets are not F32 [20, 1]"),
    ],
)
def test_tensors_that_do_not_fit_the_description_are_refused(
    values: dict[str, object], wrong: str, stored: Path
) -> None:
    change_description(stored, **values)
    assert refused(stored) == f"{NAME} does not fit its own description: {wrong}."


def test_tensors_of_another_type_are_refused(stored: Path) -> None:
    change_header(stored, lambda header: header["inputs"].update(dtype="I32"))
    assert refused(stored) == f"{NAME} does not fit its own description: inputs are not F32 [20, 2]."


def test_tensors_that_overlap_are_refused(stored: Path) -> None:
    change_header(stored, lambda header: header["inputs"].update(data_offsets=[0, 160]))
    assert refused(stored) == f"{NAME} does not fit its own description: its tensors are not where they should be."


@pytest.mark.parametrize("missing", [1, -1])
def test_data_that_is_cut_off_or_goes_on_is_refused(missing: int, stored: Path) -> None:
    header, data = parts(stored)
    write(stored, json.dumps(header).encode(), data[:-1] if missing > 0 else data + b"\0")
    found = len(data) - missing
    assert refused(stored) == f"{NAME} does not fit its own description: it has {found} bytes of data, not 320."


def test_a_label_that_is_no_class_is_refused_when_loaded(stored: Path) -> None:
    description, inputs, targets = parse(table(), "kind")
    for label in (-1, 2):
        targets[3] = label
        save_file({"inputs": inputs, "targets": targets}, stored, description.metadata())
        wanted = f"The table {DIGEST} holds a label that is none of its classes; upload its file again."
        assert refused(stored, load) == wanted


def test_a_number_that_is_not_finite_is_refused_when_loaded(stored: Path) -> None:
    description, inputs, targets = parse(table(), "kind")
    inputs[3, 1] = np.nan
    save_file({"inputs": inputs, "targets": targets}, stored, description.metadata())
    assert refused(stored, load) == f"The table {DIGEST} holds a number that is not finite; upload its file again."


def test_what_is_loaded_can_be_written_to(stored: Path) -> None:
    """Torch warns of arrays that cannot."""
    inputs, targets = load(DIGEST, stored.parent)
    assert inputs.flags.writeable
    assert targets.flags.writeable


@pytest.mark.parametrize("character", ["\x01", '"', "\\", "𝄞"])
def test_the_longest_names_fit_a_header(character: str, tmp_path: Path) -> None:
    names = [character * 62 + f"{position:02}" for position in range(64)]
    description = Description(columns=tuple(names[1:]), target=names[0], classes=tuple(names[:20]), rows=20)
    tensors: dict[str, np.ndarray] = {
        "inputs": np.zeros((20, 63), dtype=np.float32),
        "targets": np.zeros(20, dtype=np.int64),
    }
    save_file(tensors, tmp_path / NAME, description.metadata())
    assert int.from_bytes((tmp_path / NAME).read_bytes()[:8], "little") < 40 * 1024 < limits.STORED_HEADER_BYTES
    assert describe(DIGEST, tmp_path).columns == tuple(names[1:])


def test_tables_are_kept_where_the_person_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MOE_LAB_TABLES", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "a/relative/folder")
    assert folder() == tmp_path / "home" / ".cache" / "moe-lab" / "tables"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert folder() == tmp_path / "cache" / "moe-lab" / "tables"
    monkeypatch.setenv("MOE_LAB_TABLES", str(tmp_path / "mine"))
    assert folder() == tmp_path / "mine"
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOE_LAB_TABLES", str(tmp_path / "file"))
    with pytest.raises(TableError) as caught:
        folder()
    reason = "File exists; name another one with MOE_LAB_TABLES"
    assert str(caught.value) == f"The folder of tables, {tmp_path / 'file'}, cannot be made: {reason}."
