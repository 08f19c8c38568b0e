"""A run as one Python file that stands alone: what it is, the definitions it needs, and the program in plain code."""

import textwrap
from pathlib import Path

from moe_core.export.imports import import_block
from moe_core.export.introduction import introduction
from moe_core.export.modules import Package
from moe_core.export.part import Part
from moe_core.export.program import program_of
from moe_core.export.sources import Collector, Passage
from moe_core.trainer import Trainer

PACKAGE = Package(Path(__file__).resolve().parents[1])

WIDTH = 118


def script_of(trainer: Trainer) -> str:
    """The source of a script that trains this run again from step 0, each command of the log at its own step.

    It needs nothing of this package and prints the numbers of the test split; see `moe_core.export.program`. Raises
    ValueError for a run that cannot leave the package: its table is gone, or two definitions share a name.
    """
    parts = program_of(trainer.start_config, trainer.log, trainer.step_count)
    collector = Collector(PACKAGE)
    passages = collector.take("\n".join(part.imports for part in parts), "\n\n".join(part.code for part in parts))
    top = f'"""{introduction(trainer, collector.imports)}\n"""\n\n{import_block(collector.imports)}'
    return top + "\n\n" + "\n\n\n".join([*map(_definitions, passages), *map(_step, parts)]) + "\n"


def _definitions(passage: Passage) -> str:
    path = passage.module.replace(".", "/") + ".py"
    heading = f"# ---- {path} ".ljust(WIDTH, "-")
    docstring = "\n".join(f"# {line}".rstrip() for line in passage.docstring.splitlines())
    space = "\n\n\n" if passage.text.startswith(("@", "class", "def")) else "\n\n"
    return f"{heading}\n{docstring}{space}{passage.text}"


def _step(part: Part) -> str:
    heading = f"# ==== {part.title} ".ljust(WIDTH, "=")
    words = textwrap.fill(part.words, WIDTH, initial_indent="# ", subsequent_indent="# ")
    space = "\n\n\n" if part.code.startswith("def") else "\n\n"
    return f"{heading}\n{words}{space}{part.code.strip()}"
