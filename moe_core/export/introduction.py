"""What an exported run says of itself at its top: what it is, what it needs, what came of it, and its settings."""

from importlib.metadata import version

from moe_core.export.modules import Import
from moe_core.trainer import Trainer

NEEDED = {"torch": "torch", "numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn"}
"""What else is needed, by the name it is imported by."""

LONGEST_VALUE = 60


def introduction(trainer: Trainer, imports: set[Import]) -> str:
    """Plain text, its tables indented, so that it reads as Markdown too."""
    modules = {found.module.split(".")[0] for found in imports}
    needed = [f"{package} {version(package)}" for module, package in NEEDED.items() if module in modules]
    settings = [f"    {name:24}{_shortened(value)}" for name, value in trainer.start_config.settings().items()]
    evaluation = trainer.evaluate()
    score = evaluation.task.objective.score_name
    rows = {
        "mixture": (evaluation.test_loss, evaluation.test_score),
        "plain": (evaluation.plain_test_loss, evaluation.plain_test_score),
        "wide": (evaluation.wide_test_loss, evaluation.wide_test_score),
    }
    results = [f"    {name:10}{loss:10.4f}{value:20.4f}" for name, (loss, value) in rows.items()]
    return "\n".join(
        [
            f"A mixture of experts and two plain networks after {trainer.step_count} steps of training, from MoE Lab.",
            "",
            f"It runs on the processor and needs {', '.join(needed[:-1])} and {needed[-1]}; other versions may",
            f"round in another way. {_equality(trainer)}",
            *([trainer.divergence, "This is the state before."] if trainer.divergence else []),
            "On the test examples it had:",
            "",
            f"    {'':10}{'loss':>10}{score:>20}",
            *results,
            "",
            f"Settings at step 0, and {_commands(len(trainer.log))} since:",
            "",
            *settings,
        ]
    )


def _equality(trainer: Trainer) -> str:
    if trainer.device.type == "cpu":
        return "On the same processor it gives the numbers of the app to the last bit."
    return f"The app trained it on {trainer.device.type}, which rounds in another way."


def _commands(count: int) -> str:
    return {0: "no command", 1: "one command"}.get(count, f"{count} commands")


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
