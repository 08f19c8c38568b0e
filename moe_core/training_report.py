"""One run of the command line: trained with its commands, then reported and written: `python -m moe_core train`."""

import json
import math
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from safetensors import SafetensorError
from tqdm import tqdm

from moe_core import checkpoint, export
from moe_core.command_line import Order
from moe_core.config import ConfigError
from moe_core.divergence import Diverged
from moe_core.ending import DIVERGED, DONE, INTERRUPTED, REFUSED, WAS_INTERRUPTED, Ending
from moe_core.narrator import narrate
from moe_core.narrator.story_of import story_of
from moe_core.trainer import Trainer


def report(order: Order) -> int:
    """Train with a progress bar on a terminal, then print what the test split says and what the narrator found. Returns
    the exit status."""
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


def write(trainer: Trainer, path: Path) -> str:
    """Write the run to a file, in the way that the end of its name asks for. Returns why it cannot, or nothing."""
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


def _train(trainer: Trainer, order: Order) -> Ending:
    """Train, giving each command at its step, until the last step or until the run has to end before."""
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


def _not_done(trainer: Trainer, order: Order) -> str:
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
