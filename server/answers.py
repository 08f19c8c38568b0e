"""What a worker answers of one member when it is asked by a page's script, or for a file to take away."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from moe_core import checkpoint, export
from moe_core.measure import everybody_asked
from moe_core.questions import ablation, asked_together, saturation, similarity, who_suffers
from moe_core.trainer import Trainer
from server.frame_header import finite
from server.question import Answer, ExportFile

Rows = list[list[float | None]]


def rest_of(trainer: Trainer) -> Answer:
    """All that is shown of a run at rest: the metrics, who is given what, what each expert is worth, and the curves."""
    now, first = trainer.evaluate(), trainer.untrained
    chosen = not everybody_asked(trainer.model, now.routing)
    rows, loads = trainer.history.until(trainer.step_count, trainer.num_experts)
    return Answer(
        step=trainer.step_count,
        metrics={name: finite(value) for name, value in trainer.measure().items()},
        untrained={name: finite(value) for name, value in trainer.initial_metrics.items()},
        class_names=trainer.task.class_names,
        expert_class=_counts(now.expert_class),
        expert_cluster=_counts(now.expert_cluster),
        untrained_class=_counts(first.expert_class),
        untrained_cluster=_counts(first.expert_cluster),
        ablation=[finite(worth) for worth in ablation(trainer)],
        suffers={kind: _lists(falls.numpy()) for kind, falls in who_suffers(trainer).items()},
        similarity=[[finite(value) for value in row] for row in similarity(trainer)],
        co_activation=[[finite(value) for value in row] for row in asked_together(trainer)] if chosen else [],
        saturation=[(step, finite(share), chance) for step, share, chance in saturation(trainer)] if chosen else [],
        columns=list(trainer.history.COLUMNS),
        rows=_lists(rows),
        loads=_lists(loads),
    )


def exported(trainer: Trainer, file: ExportFile) -> bytes:
    """A run as a file. Raises ValueError for one that cannot leave the app: its table is gone, say."""
    return EXPORTERS[file](trainer)


def _weights(trainer: Trainer) -> bytes:
    with tempfile.TemporaryDirectory(prefix="moe-lab-export-") as folder:
        path = Path(folder, "weights.safetensors")
        checkpoint.save(trainer, path)
        return path.read_bytes()


def _metrics(trainer: Trainer) -> bytes:
    return export.metrics_csv(*trainer.history.until(trainer.step_count, trainer.num_experts)).encode()


EXPORTERS: dict[ExportFile, Callable[[Trainer], bytes]] = {
    "script.py": lambda trainer: export.script_of(trainer).encode(),
    "notebook.ipynb": lambda trainer: export.notebook_of(trainer).encode(),
    "weights.safetensors": _weights,
    "metrics.csv": _metrics,
    "settings.toml": lambda trainer: export.settings_toml(trainer).encode(),
}


def _counts(table: np.ndarray | None) -> list[list[float]] | None:
    """E lists of how many test examples of each label an expert was given; None where there are no such labels."""
    counts: list[list[float]] | None = None if table is None else table.tolist()
    return counts


def _lists(table: np.ndarray) -> Rows:
    return [[finite(value) for value in row] for row in table.tolist()]
