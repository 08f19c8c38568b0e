"""A run as a Jupyter notebook: the same program as the script, each definition where it is first needed."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from moe_core.export.imports import import_block
from moe_core.export.introduction import introduction
from moe_core.export.program import program_of
from moe_core.export.script import PACKAGE
from moe_core.export.sources import Collector
from moe_core.trainer import Trainer

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def notebook_of(trainer: Trainer) -> str:
    """The notebook as JSON, in nbformat 4. It does what `script_of` says, and raises what that raises."""
    collector = Collector(PACKAGE)
    cells = []
    for part in program_of(trainer.start_config, trainer.log, trainer.step_count):
        cells.append(new_markdown_cell(f"## {part.title}\n\n{part.words}"))
        for passage in collector.take(part.imports, part.code):
            path = passage.module.replace(".", "/") + ".py"
            cells.append(new_markdown_cell(f"`{path}`: {passage.docstring}"))
            cells.append(new_code_cell(passage.text))
        cells.append(new_code_cell(part.code.strip()))
    title, _, words = introduction(trainer, collector.imports).partition("\n")
    cells.insert(0, new_markdown_cell(f"# {title.rstrip('.')}\n{words}"))
    cells.insert(1, new_code_cell(import_block(collector.imports)))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # Else it would be random, and no two exports would be the same.
    notebook = new_notebook(cells=cells, metadata=KERNEL)
    nbformat.validate(notebook)
    return nbformat.writes(notebook)
