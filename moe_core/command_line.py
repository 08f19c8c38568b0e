"""The words of the command line, read and checked without torch: `python -m moe_core train --preset collapse`,
`python -m moe_core hme --set task=piecewise`, and `python -m moe_core upcycle`."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from moe_core import tables
from moe_core.config import ConfigError, Problem, RunConfig, presets
from moe_core.config.command import INTERVENTIONS, WITHOUT_EXPERT, Command, after
from moe_core.config.problem import unknown_name
from moe_core.config.table import LIVE_FIELDS, TABLE
from moe_core.tables import limits

EXPORTS = (".py", ".ipynb", ".csv", ".safetensors")

COMMANDS = (*(name for name in TABLE if name in LIVE_FIELDS), *INTERVENTIONS)
"""What can be done on the way."""

DATA = ("seed", "data_draw")
"""Beside the task's own settings, what decides the data."""

MOST_EXPERTS = 64
"""Of a hierarchy: as many as a run may have."""


@dataclass(frozen=True)
class Order:
    """What was asked for: the run, how many steps, the commands on the way, where to write it, and how to report."""

    config: RunConfig
    num_steps: int
    commands: tuple[Command, ...]
    exports: tuple[Path, ...]
    as_json: bool


@dataclass(frozen=True)
class UpcyclingOrder:
    """A network to be trained, made into a mixture and trained on: so many steps before it and after."""

    config: RunConfig
    num_steps: int
    as_json: bool


@dataclass(frozen=True)
class HierarchyOrder:
    """A hierarchical mixture to be fitted by EM: on what, how large, and how many steps of EM."""

    config: RunConfig
    num_branches: int
    per_branch: int
    num_steps: int
    as_json: bool


def read(arguments: Sequence[str] | None) -> Order | HierarchyOrder | UpcyclingOrder:
    """Read the arguments. Raises ConfigError or ValueError for what is not allowed, and leaves by SystemExit for words
    that make no sense."""
    options = _parser().parse_args(arguments)
    settings: dict[str, object] = dict(option.partition("=")[::2] for option in options.set)
    if options.command == "upcycle":
        return _upcycling_order(options, settings)
    return _hierarchy_order(options, settings) if options.command == "hme" else _order(options, settings)


def _upcycling_order(options: argparse.Namespace, settings: Mapping[str, object]) -> UpcyclingOrder:
    """A plain network has one hidden layer of relu units, and so have its copies; a shared expert would be one more."""
    config, problems = presets.load(options.preset).config.merge(settings)
    chosen, wanted = config.settings(), {"expert": "mlp", "activation": "relu", "num_shared": 0}
    odd = [
        Problem(name, chosen[name], f"an expert that is a copy of a plain network has {name} = {value}")
        for name, value in wanted.items()
        if chosen.get(name, value) != value
    ]
    if problems or odd:
        raise ConfigError([*problems, *odd])
    return UpcyclingOrder(config, options.steps, options.json)


def _hierarchy_order(options: argparse.Namespace, settings: Mapping[str, object]) -> HierarchyOrder:
    """Only the data is chosen by settings: the model is no mixture of the others."""
    for name, value in settings.items():
        if name in TABLE and TABLE[name].section != "task" and name not in DATA:
            raise ConfigError(
                [Problem(name, value, "it has no meaning for hme, whose data alone is chosen by settings")]
            )
    sizes = {"branches": options.branches, "per-branch": options.per_branch}
    if not 1 <= options.branches * options.per_branch <= MOST_EXPERTS:
        reason = f"branches times per-branch is from 1 to {MOST_EXPERTS}"
        raise ConfigError([Problem(name, value, reason) for name, value in sizes.items()])
    config = RunConfig.from_settings(settings)
    return HierarchyOrder(config, options.branches, options.per_branch, options.steps, options.json)


def _order(options: argparse.Namespace, settings: dict[str, object]) -> Order:
    if options.csv:
        twice = [name for name in ("task", "table") if name in settings]
        if twice:
            raise ConfigError([Problem(name, settings[name], "--csv chooses it, so it is left out") for name in twice])
        settings |= _table(options.csv, options.target)
    elif options.target is not None:
        raise ConfigError([Problem("target", options.target, "it is a column of a file, so it needs --csv")])
    config, problems = presets.load(options.preset).config.merge(settings)
    if problems:
        raise ConfigError(problems)
    commands = sorted((_command(text) for text in options.at), key=lambda command: command.step)
    late = next((command for command in commands if command.step > options.steps), None)
    if late:
        raise ConfigError([Problem("at", late.step, f"the run has {options.steps} steps")])
    after(config, commands)
    return Order(config, options.steps, tuple(commands), tuple(_export(path) for path in options.export), options.json)


def _table(path: Path, target: str | None) -> Mapping[str, object]:
    """The settings of a CSV file's own task, the file read and kept."""
    try:
        with path.open("rb") as file:
            content = file.read(limits.BYTES + 1)
    except OSError as error:
        raise ValueError(f"csv = {path} was refused: it cannot be read ({error.strerror}).") from None
    if len(content) > limits.BYTES:
        raise ConfigError([Problem("csv", path, f"it has at most {limits.BYTES:,} bytes (5 MB)")])
    columns = tables.read_header(content)
    if target is None:
        raise ValueError(f"target is missing: it is one of the columns {', '.join(columns)}.")
    return {"task": "csv", "table": tables.read_csv(content, target, tables.folder()).digest}


def _command(text: str) -> Command:
    """STEP:NAME=VALUE, or STEP:NAME for an intervention that is done to no expert. Experts are counted from 1."""
    step, colon, order = text.partition(":")
    name, equals, value = order.partition("=")
    if not colon or not step.isdecimal() or len(step) > 9:
        raise ConfigError([Problem("at", text, "it is STEP:NAME=VALUE, such as 300:kill=3 or 500:learning_rate=0.1")])
    if name in TABLE:
        return Command(int(step), name, value)
    if name not in INTERVENTIONS:
        raise ConfigError([Problem("at", text, unknown_name("command", name, COMMANDS))])
    if name in WITHOUT_EXPERT:
        if equals:
            raise ConfigError([Problem("at", text, f"{name} is done to no expert, so it takes no value")])
        return Command(int(step), name, None)
    if not value.isdecimal() or int(value) < 1:
        raise ConfigError([Problem("at", text, f"{name} is done to an expert, counted from 1")])
    return Command(int(step), name, int(value) - 1)


def _export(path: Path) -> Path:
    if path.suffix not in EXPORTS:
        raise ConfigError([Problem("export", path, f"its name ends in one of {', '.join(EXPORTS)}")])
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigError([Problem("export", path, "it is in a folder that exists and can be written to")])
    return path


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m moe_core", description="Train a small mixture of experts without a browser.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    train = commands.add_parser("train", help="train one run and print its test metrics")
    train.add_argument("--preset", default=presets.NAMES[0], help=f"one of {', '.join(presets.NAMES)}")
    train.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one setting")
    train.add_argument("--csv", type=Path, help="learn from this file; needs --target")
    train.add_argument("--target", metavar="COLUMN", help="the column of the file that is to be predicted")
    train.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="STEP:NAME=VALUE",
        help=f"change a live setting, or do to an expert (counted from 1) one of {', '.join(INTERVENTIONS)}",
    )
    train.add_argument("--steps", type=_whole_number, default=1000, help="training steps (default 1000)")
    train.add_argument(
        "--export",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="write the run as a script (.py), a notebook (.ipynb), its curves (.csv) or itself (.safetensors)",
    )
    train.add_argument("--json", action="store_true", help="end with one line of JSON")
    upcycle = commands.add_parser("upcycle", help="make a trained network into a mixture and train both on")
    upcycle.add_argument("--preset", default=presets.NAMES[0], help=f"one of {', '.join(presets.NAMES)}")
    upcycle.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one setting")
    upcycle.add_argument("--steps", type=_whole_number, default=300, help="steps before and after (default 300)")
    upcycle.add_argument("--json", action="store_true", help="end with one line of JSON")
    hme = commands.add_parser("hme", help="fit a hierarchical mixture of experts by EM and print its likelihood")
    hme.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one setting of the data")
    hme.add_argument("--branches", type=_whole_number, default=2, help="branches of the hierarchy (default 2)")
    hme.add_argument("--per-branch", type=_whole_number, default=4, help="experts in each branch (default 4)")
    hme.add_argument("--steps", type=_whole_number, default=30, help="steps of EM (default 30)")
    hme.add_argument("--json", action="store_true", help="end with one line of JSON")
    return parser


def _whole_number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} was refused: it is a whole number from 0 to 999,999,999")
    return int(text)
