"""The curves of a run, as the narrator reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

SCORE_NAMES = ("accuracy", "variance explained")


@dataclass(frozen=True, eq=False)
class Story:
    """N rows, each from one look at the test split; E experts.

    steps (N,)      increasing; the spacing may change
    load (N, E)     share of all assignments of each expert, from 0 to 1; NaN for an expert that does not exist yet
    series          scalar curves (N,) by name. A rule that needs one that is absent, or not finite, finds nothing:
                    train_loss, test_loss         of the mixture
                    test_score                    of the mixture; `score_name` says which score, 1 is best
                    plain_test_score              of a plain network of the same active compute
                    wide_test_score               of a plain network with as many parameters as the whole mixture
                    router_entropy                mean over tokens of the entropy of the router's probabilities, nats
                    Other curves are allowed; no rule reads them.
    score_name      "accuracy" or "variance explained"
    chance          the score of guessing, or None if it is not known
    killed (N, E)   bool: whom a person has killed; None for nobody
    forced (N, E)   bool: to whom a person sends every token; None for nobody
    rates           the learning rates of the mixture and of both networks now; None where they are not known

    Raises ValueError for shapes that do not fit, steps that do not increase and a score of another name.
    """

    steps: np.ndarray
    load: np.ndarray
    series: Mapping[str, np.ndarray]
    score_name: str = "accuracy"
    chance: float | None = None
    killed: np.ndarray | None = None
    forced: np.ndarray | None = None
    rates: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.steps.ndim != 1 or not (np.diff(self.steps) > 0).all():
            raise ValueError("steps must be one row of increasing numbers.")
        if self.load.ndim != 2 or len(self.load) != len(self.steps) or self.load.shape[1] == 0:
            raise ValueError(
                f"load has shape {self.load.shape}; it needs a row a step, {len(self.steps)}, and an expert."
            )
        for name, curve in self.series.items():
            if curve.shape != self.steps.shape:
                raise ValueError(
                    f"{name} has shape {curve.shape}; a curve needs one number a step, {self.steps.shape}."
                )
        if self.score_name not in SCORE_NAMES:
            raise ValueError(f"score_name = {self.score_name} was refused: it is {' or '.join(SCORE_NAMES)}.")

    @cached_property
    def existing(self) -> np.ndarray:
        """How many experts exist at each row (N,)."""
        return np.count_nonzero(~np.isnan(self.load), axis=1)

    @cached_property
    def by_hand(self) -> np.ndarray:
        """Whose load is a person's doing (N, E): of the killed, and of all while one of them is forced."""
        nobody = np.zeros(self.load.shape, dtype=bool)
        killed, forced = (nobody if of is None else of for of in (self.killed, self.forced))
        return killed | forced.any(1, keepdims=True)

    def curve(self, name: str) -> np.ndarray:
        """A curve by name (N,), float64; NaN wherever it is absent or not finite, which no comparison passes."""
        if name not in self.series:
            return np.full(len(self.steps), np.nan)
        values = self.series[name].astype(np.float64)
        return np.where(np.isfinite(values), values, np.nan)
