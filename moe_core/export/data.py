"""Where a run's data comes from, as source code: the task's function, or a person's table, packed."""

import base64
import zlib

import numpy as np

from moe_core import tables
from moe_core.config import RunConfig
from moe_core.config.task import CsvConfig, PlaneSection
from moe_core.export.calls import assigned, literal, literals
from moe_core.export.part import NUMPY, Part, imported
from moe_core.tasks import TASKS
from moe_core.tasks.csv import table_task
from moe_core.tasks.task import with_features

WORDS = "Examples to learn from, and examples held out to judge by."

RANDOM = "np.random.default_rng(data_seed)"


def data(config: RunConfig) -> Part:
    """The task. Raises ValueError for a table that is not on this machine."""
    if isinstance(config.task, CsvConfig):
        return _own_table(config.task)
    function = TASKS[config.task.task]
    options = literals(config.task.model_dump(exclude={"task", "features"}))
    task = assigned("task", function.__name__, RANDOM, **options)
    if not isinstance(config.task, PlaneSection) or config.task.features == "coordinates":
        return Part("Data", WORDS, imported(NUMPY, function), task)
    return Part(
        "Data",
        f"{WORDS} The models see functions of the two coordinates as well.",
        imported(NUMPY, function, with_features),
        "\n".join([task, assigned("task", with_features.__name__, "task", literal(config.task.features))]),
    )


def _own_table(config: CsvConfig) -> Part:
    folder = tables.folder()
    classes = tables.describe(config.table, folder).classes
    inputs, targets = tables.load(config.table, folder)
    num_classes = len(classes) if classes else None
    options = {"num_classes": literal(num_classes), "noise": literal(config.noise)}
    return Part(
        "Data",
        "The table itself is in here, packed. A quarter of its rows is held out to judge by.",
        imported("import base64", "import zlib", NUMPY, table_task),
        f'''\
def unpacked(text: str, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """An array from its bytes, which zlib compressed and base64 wrote as text."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), kind).reshape(shape)


inputs = {_packed(inputs)}
targets = {_packed(targets)}
{assigned("task", table_task.__name__, RANDOM, "inputs", "targets", **options)}''',
    )


def _packed(array: np.ndarray) -> str:
    """Source of an array, its numbers little-endian."""
    stored = array.astype(array.dtype.newbyteorder("<"))
    text = base64.encodebytes(zlib.compress(stored.tobytes())).decode()
    return f'unpacked(\n    """\n{text}""",\n    "{stored.dtype.str}",\n    {array.shape},\n)'
