"""The command line: `python -m moe_core train --preset collapse --steps 500 --json` trains without a browser."""

import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from moe_core import command_line
from moe_core.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from moe_core.trainer import Trainer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 diverged, 2 refused."""
    try:
        return train(command_line.read(arguments))
    except ConfigError as error:
        print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
    except ValueError as error:
        print(error, file=sys.stderr)
    return 2


def train(order: command_line.Order) -> int:
    """Train with a progress bar on a terminal, then print what the test split says and what the narrator found."""
    # Torch takes a second to import, so a refused setting is answered without it.
    import torch
    from tqdm import tqdm

    from moe_core.divergence import Diverged
    from moe_core.narrator import narrate
    from moe_core.trainer import Trainer

    torch.set_num_threads(1)  # As in the app's workers: the same settings give bitwise the same run.
    trainer = Trainer(order.config)
    ended = diverged = ""
    began = time.perf_counter()
    try:
        with tqdm(total=order.num_steps, unit="step", disable=None) as progress:
            ended = _train(trainer, order, progress.update)
    except Diverged as error:
        ended = diverged = str(error)
    steps_per_second = trainer.step_count / (time.perf_counter() - began)
    for path in order.exports:
        write(trainer, path)
    metrics = trainer.measure()
    remarks = [remark.sentence() for remark in narrate(trainer.story())]
    if ended:
        print(ended, file=sys.stderr)
    if order.as_json:
        result = {
            "config": order.config.settings(),
            "steps": trainer.step_count,
            "diverged": diverged or None,
            "metrics": _finite(metrics),
            "untrained": _finite(trainer.initial_metrics),
            "narrator": remarks,
            "steps_per_second": steps_per_second,
        }
        print(json.dumps(result, allow_nan=False))
    else:
        print(f"{'':32}{'step 0':>10}{f'step {trainer.step_count}':>12}")
        for name, value in metrics.items():
            print(f"{name:32}{trainer.initial_metrics[name]:10.3f}{value:12.3f}")
        print("\n".join(["", *remarks, "", f"{steps_per_second:,.0f} steps/s"]))
    return 1 if diverged else 0


def write(trainer: "Trainer", path: "Path") -> None:
    """Write the run to a file, in the way that the end of its name asks for."""
    from moe_core import checkpoint, export

    texts: dict[str, Callable[[Trainer], str]] = {
        ".py": export.script_of,
        ".ipynb": export.notebook_of,
        ".csv": lambda run: export.metrics_csv(run.history),
    }
    try:
        if path.suffix == ".safetensors":
            checkpoint.save(trainer, path)
        else:
            path.write_text(texts[path.suffix](trainer), encoding="utf-8")
    except OSError as error:
        raise ValueError(f"export = {path} was refused: it cannot be written ({error.strerror}).") from None


def _train(trainer: "Trainer", order: command_line.Order, progress: Callable[[], object]) -> str:
    """Train, giving each command at its step. Returns why the run stopped by itself, or nothing."""
    commands = list(order.commands)
    while True:
        while commands and commands[0].step <= trainer.step_count:
            command = commands.pop(0)
            trainer.do(command.name, command.value)
        if trainer.step_count == order.num_steps:
            return ""
        trainer.step()
        progress()
        if trainer.stopped:
            return trainer.stopped


def _finite(metrics: dict[str, float]) -> dict[str, float | None]:
    """JSON has no infinity and no NaN: such a number is null."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


if __name__ == "__main__":
    sys.exit(main())
