"""The command line: `python -m moe_core train --preset collapse --steps 500 --json` trains without a browser."""

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from moe_core.config import ConfigError, RunConfig, presets


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 diverged, 2 refused."""
    options = _parser().parse_args(arguments)
    try:
        config = _config(options.preset, options.set)
    except ConfigError as error:
        print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
        return 2
    return train(config, options.steps, options.json)


def train(config: RunConfig, num_steps: int, as_json: bool) -> int:
    """Train num_steps steps with a progress bar on a terminal, then print what the test split says."""
    # Torch takes a second to import, so a refused setting is answered without it.
    import torch
    from tqdm import trange

    from moe_core.trainer import Diverged, Trainer

    torch.set_num_threads(1)  # As in the app's workers: the same settings give bitwise the same run.
    trainer = Trainer(config)
    ended = diverged = ""
    began = time.perf_counter()
    try:
        for _ in trange(num_steps, unit="step", disable=None):
            trainer.step()
            if trainer.stopped:
                ended = trainer.stopped
                break
    except Diverged as error:
        ended = diverged = str(error)
    steps_per_second = trainer.step_count / (time.perf_counter() - began)
    metrics = trainer.measure()
    if ended:
        print(ended, file=sys.stderr)
    if as_json:
        result = {
            "config": config.settings(),
            "steps": trainer.step_count,
            "diverged": diverged or None,
            "metrics": _finite(metrics),
            "untrained": _finite(trainer.initial_metrics),
            "steps_per_second": steps_per_second,
        }
        print(json.dumps(result, allow_nan=False))
    else:
        print(f"{'':24}{'step 0':>10}{f'step {trainer.step_count}':>12}")
        for name, value in metrics.items():
            print(f"{name:24}{trainer.initial_metrics[name]:10.3f}{value:12.3f}")
        print(f"{steps_per_second:,.0f} steps/s")
    return 1 if diverged else 0


def _finite(metrics: dict[str, float]) -> dict[str, float | None]:
    """JSON has no infinity and no NaN: such a number is null."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m moe_core", description="Train a small mixture of experts without a browser.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    command = commands.add_parser("train", help="train one run and print its test metrics")
    command.add_argument("--preset", default=presets.NAMES[0], help=f"one of {', '.join(presets.NAMES)}")
    command.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one setting")
    command.add_argument("--steps", type=_whole_number, default=1000, help="training steps (default 1000)")
    command.add_argument("--json", action="store_true", help="end with one line of JSON")
    return parser


def _whole_number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} was refused: it is a whole number from 0 to 999,999,999")
    return int(text)


def _config(preset: str, changes: Sequence[str]) -> RunConfig:
    settings = {}
    for change in changes:
        field, _, value = change.partition("=")
        settings[field] = value
    config, problems = presets.load(preset).config.merge(settings)
    if problems:
        raise ConfigError(problems)
    return config


if __name__ == "__main__":
    sys.exit(main())
