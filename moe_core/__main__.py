"""The command line: `python -m moe_core train --preset collapse --steps 500 --json` trains without a browser,
`python -m moe_core hme --set task=piecewise` fits a hierarchical mixture by EM, and `python -m moe_core upcycle` makes
a trained network into a mixture."""

import json
import math
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from moe_core import command_line
from moe_core.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from moe_core.trainer import Trainer

DONE, DIVERGED, REFUSED, INTERRUPTED = 0, 1, 2, 130
WAS_INTERRUPTED = "The run was interrupted."


@dataclass(frozen=True)
class Ending:
    """How training ended: the exit status, and why the run ended early, as a sentence."""

    status: int
    reason: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status.

    0    done, or stopped as it was set to
    1    diverged, or nobody reads the output any more
    2    refused: a setting or command before training, a command on the way, or a file that cannot be written
    130  interrupted by Ctrl-C, as shells count it: 128 and the number of the signal

    A run that has begun is reported and written however it ended. A second Ctrl-C ends it at once, without either.
    """
    try:
        order = command_line.read(arguments)
        if isinstance(order, command_line.Order):
            return train(order)
        return fit_hierarchy(order) if isinstance(order, command_line.HierarchyOrder) else make_of_a_network(order)
    except ConfigError as error:
        print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
    except ValueError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print(WAS_INTERRUPTED, file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes the output once more when it ends, and would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return REFUSED


def fit_hierarchy(order: command_line.HierarchyOrder) -> int:
    """Fit a hierarchical mixture by EM: a model of its own, beside those that are trained."""
    import torch

    from moe_core.hme_report import report

    torch.set_num_threads(1)
    report(order)
    return DONE


def make_of_a_network(order: command_line.UpcyclingOrder) -> int:
    """Train a network, make it into a mixture, and train both on."""
    import torch

    from moe_core.divergence import Diverged
    from moe_core.upcycling_report import report

    torch.set_num_threads(1)
    try:
        report(order)
    except Diverged as error:
        print(error, file=sys.stderr)
        return DIVERGED
    return DONE


def train(order: command_line.Order) -> int:
    """Train with a progress bar on a terminal, then print what the test split says and what the narrator found."""
    # Torch takes a second to import, so a refused setting is answered without it.
    import torch

    from moe_core.narrator import narrate
    from moe_core.narrator.story_of import story_of
    from moe_core.trainer import Trainer

    torch.set_num_threads(1)  # As in the app's workers: the same settings give bitwise the same run.
    trainer = Trainer(order.config)
    began = time.perf_counter()
    ending = _train(trainer, order)
    steps_per_second = trainer.step_count / (time.perf_counter() - began)
    not_written = [reason for path in order.exports if (reason := write(trainer, path))]
    metrics = trainer.measure()
    remarks = [remark.sentence() for remark in narrate(story_of(trainer))]
    for sentence in (ending.reason, _not_done(trainer, order), *not_written):
        if sentence:
            print(sentence, file=sys.stderr)
    if order.as_json:
        result = {
            "config": order.config.settings(),
            "steps": trainer.step_count,
            "diverged": ending.reason if ending.status == DIVERGED else None,
            "metrics": _finite(metrics),
            "untrained": _finite(trainer.initial_metrics),
            "narrator": remarks,
            "steps_per_second": steps_per_second,
        }
        print(json.dumps(result, allow_nan=False))
    else:
        print(f"{'':32}{'step 0':>10}{f'step {trainer.step_count}':>12}")
        for name, value in metrics.items():
            print(f"{name:32}{_short(trainer.initial_metrics[name]):>10}{_short(value):>12}")
        print("\n".join(["", *remarks, "", f"{steps_per_second:,.0f} steps/s"]))
    sys.stdout.flush()
    return REFUSED if not_written else ending.status


def write(trainer: "Trainer", path: "Path") -> str:
    """Write the run to a file, in the way that the end of its name asks for. Returns why it cannot, or nothing."""
    from safetensors import SafetensorError

    from moe_core import checkpoint, export

    texts: dict[str, Callable[[Trainer], str]] = {
        ".py": export.script_of,
        ".ipynb": export.notebook_of,
        ".csv": lambda run: export.metrics_csv(*run.history.until(run.step_count, run.num_experts)),
    }
    try:
        if path.suffix == ".safetensors":
            checkpoint.save(trainer, path)
        else:
            path.write_text(texts[path.suffix](trainer), encoding="utf-8")
    except OSError as error:
        reason = error.strerror
    except SafetensorError as error:
        # The system's own words stand between "I/O error: " and its number.
        reason = str(error).rpartition("I/O error: ")[2].partition(" (os error")[0]
    else:
        return ""
    return f"export = {path} was refused: it cannot be written ({reason})."


def _train(trainer: "Trainer", order: command_line.Order) -> Ending:
    """Train, giving each command at its step, until the last step or until the run has to end before."""
    from tqdm import tqdm

    from moe_core.divergence import Diverged

    commands = deque(order.commands)
    with tqdm(total=order.num_steps, unit="step", disable=None) as progress, _interruptible() as interrupted:
        try:
            while True:
                while commands and commands[0].step <= trainer.step_count:
                    command = commands.popleft()
                    trainer.do(command.name, command.value)
                if trainer.step_count == order.num_steps:
                    return Ending(DONE)
                if interrupted.is_set():
                    return Ending(INTERRUPTED, WAS_INTERRUPTED)
                trainer.step()
                progress.update()
                if trainer.stopped:
                    return Ending(DONE, trainer.stopped)
        except Diverged as error:
            return Ending(DIVERGED, str(error))
        except ConfigError as error:
            return Ending(REFUSED, str(error))


@contextmanager
def _interruptible() -> Iterator[Event]:
    """Ctrl-C sets the event, so that a run ends between two steps, in a state that can be written.

    A second is a KeyboardInterrupt as ever. Where Ctrl-C is ignored, as a shell has it in the background, it stays so.
    """
    interrupted = Event()

    def interrupt(*_: object) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.getsignal(signal.SIGINT)
    if before != signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _not_done(trainer: "Trainer", order: command_line.Order) -> str:
    """The sentence for the commands that the run ended before, or nothing."""
    left = order.commands[len(trainer.log) :]
    names = ", ".join(f"{command.step}:{command.name}" for command in left)
    return f"Commands that were not done: {names}." if left else ""


def _short(value: float) -> str:
    """Three decimals, or three digits where the number has more than fit its column: a loss that diverged."""
    return f"{value:.3f}" if abs(value) < 1e5 else f"{value:.3g}"


def _finite(metrics: dict[str, float]) -> dict[str, float | None]:
    """JSON has no infinity and no NaN: such a number is null."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


if __name__ == "__main__":
    sys.exit(main())
