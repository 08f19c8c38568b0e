"""The rooms import one way, the web process never loads torch, and no file grows past reading in one sitting."""

import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT, SourceTree, inside, source_files

MAY_IMPORT = {
    "app": ("app", "ui", "server", "moe_core"),
    "pages": ("pages", "ui", "server", "moe_core"),
    "ui": ("ui", "server", "moe_core"),
    "ui.charts": ("ui.charts",),
    "server": ("server", "moe_core"),
    "moe_core": ("moe_core",),
}
NEVER_STREAMLIT = ("server", "moe_core")
CHARTS_STAND_ON = ("numpy", "plotly", "altair")

WEB_PROCESS = (
    "app",
    "pages",
    "ui",
    "server.client",
    "server.export_route",
    "server.frames",
    "server.limits",
    "server.live_route",
    "server.protocol",
    "moe_core.config",
    "moe_core.tables",
)
LOADS_TORCH = ("torch", "safetensors.torch")
MOST_LINES = 300


def room_of(module: str) -> str | None:
    """The innermost room that holds a module; None for tests and benchmarks, which may import anything."""
    return max((room for room in MAY_IMPORT if inside(module, room)), key=len, default=None)


def wrong_imports(tree: SourceTree) -> list[str]:
    """Imports that go against the order of the rooms, or out of the repository to where a room may not go."""
    ours = {module.split(".")[0] for module in tree.modules}
    wrong = []
    for module, imports in tree.imports.items():
        room = room_of(module)
        if room is None:
            continue
        for imported in imports:
            top = imported.name.split(".")[0]
            if top in ours:
                right = any(inside(imported.name, allowed) for allowed in MAY_IMPORT[room])
            elif room == "ui.charts":
                right = top in CHARTS_STAND_ON or top in sys.stdlib_module_names
            else:
                right = top != "streamlit" or room not in NEVER_STREAMLIT
            if not right:
                wrong.append(f"{module}, line {imported.line}: {room} may not import {imported.name}")
    return wrong


def ways_to_torch(tree: SourceTree) -> list[str]:
    """Chains of imports by which the web process would load torch."""
    starts = [module for module in tree.modules if any(inside(module, part) for part in WEB_PROCESS)]
    ways = (tree.way_to(start, LOADS_TORCH) for start in starts)
    return [" -> ".join(way) for way in ways if way]


def long_files(root: Path) -> list[str]:
    """Python and JavaScript files with too many lines."""
    sources = [path for path in source_files(root) if path.suffix in {".py", ".js"}]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources}
    return [f"{path.relative_to(root)}: {count} lines" for path, count in lines.items() if count > MOST_LINES]


def test_imports_go_one_way() -> None:
    assert wrong_imports(SourceTree(ROOT)) == []


def test_web_process_never_loads_torch() -> None:
    assert ways_to_torch(SourceTree(ROOT)) == []


@pytest.mark.parametrize("part", WEB_PROCESS)
def test_rules_speak_of_modules_that_exist(part: str) -> None:
    assert any(inside(module, part) for module in SourceTree(ROOT).modules)


def test_files_are_short() -> None:
    assert long_files(ROOT) == []


def made_up(root: Path, files: dict[str, str]) -> SourceTree:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return SourceTree(root)


RIGHT = {
    "app.py": "import streamlit\nfrom server.client import Client\n",
    "pages/home.py": "from ui.charts.load import figure\n",
    "ui/main.py": "from ui.charts import load\n",
    "ui/charts/load.py": "import math\nimport numpy as np\nimport plotly.graph_objects as go\nfrom . import theme\n",
    "ui/charts/theme.py": "",
    "server/client.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import moe_core.trainer\n",
    "server/worker.py": "from moe_core.trainer import Trainer\n",
    "moe_core/trainer.py": "import torch\nfrom .config import RunConfig\n",
    "moe_core/config/__init__.py": "import pydantic\n",
    "benchmarks/step.py": "import torch\nimport ui.main\n",
}


def test_a_right_tree_passes(tmp_path: Path) -> None:
    tree = made_up(tmp_path, RIGHT)
    assert wrong_imports(tree) == []
    assert ways_to_torch(tree) == []


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("moe_core/layer.py", "import streamlit as st", "moe_core may not import streamlit"),
        ("moe_core/layer.py", "from ui import main", "moe_core may not import ui.main"),
        ("moe_core/layer.py", "def f():\n    from server import worker", "moe_core may not import server.worker"),
        ("server/host.py", "from streamlit import config", "server may not import streamlit.config"),
        ("server/host.py", "import ui.main", "server may not import ui.main"),
        ("ui/session.py", "from pages import home", "ui may not import pages.home"),
        ("pages/lab/play.py", "import app", "pages may not import app"),
        ("ui/charts/flow.py", "from .. import main", "ui.charts may not import ui.main"),
        ("ui/charts/flow.py", "import streamlit", "ui.charts may not import streamlit"),
        ("ui/charts/flow.py", "import moe_core.config", "ui.charts may not import moe_core.config"),
        ("ui/live_view.py", "import benchmarks.step", "ui may not import benchmarks.step"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, file: str, text: str, wrong: str) -> None:
    (found,) = wrong_imports(made_up(tmp_path, {**RIGHT, file: text}))
    assert found.endswith(wrong)


@pytest.mark.parametrize(
    ("file", "text", "way"),
    [
        ("pages/lab/play.py", "import torch", "pages.lab.play -> torch"),
        ("moe_core/config/run.py", "def f():\n    import torch.nn", "moe_core.config.run -> torch.nn"),
        ("server/limits.py", "from safetensors.torch import save", "server.limits -> safetensors.torch.save"),
        ("pages/far.py", "import server.worker", "pages.far -> server.worker -> moe_core.trainer -> torch"),
        # Importing moe_core.config runs moe_core/__init__.py first.
        ("moe_core/__init__.py", "from .trainer import Trainer", "moe_core -> moe_core.trainer -> torch"),
    ],
)
def test_a_way_to_torch_is_found(tmp_path: Path, file: str, text: str, way: str) -> None:
    assert way in ways_to_torch(made_up(tmp_path, {**RIGHT, file: text}))


def test_a_long_file_is_found(tmp_path: Path) -> None:
    made_up(tmp_path, {"assets/main.js": "\n" * 301, "ui/main.py": "\n" * 300})
    assert long_files(tmp_path) == ["assets/main.js: 301 lines"]
