"""What the narrator says: which rule found it, of whom, and with what numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from moe_core.narrator.language import fill


@dataclass(frozen=True)
class Remark:
    """rule      name in RULES
    step      when it became true; of several experts, when it became true of the last
    experts   of whom it is true, numbered from 0 and in order; empty if it is about the whole mixture
    values    every number that the sentence prints, thresholds included
    urgency   what matters most has the highest
    """

    rule: str
    step: int
    experts: tuple[int, ...]
    values: Mapping[str, float | int | str]
    urgency: int

    def sentence(self, language: str = "en") -> str:
        """The remark in words; experts are numbered from 1. Raises ValueError for a language that has no sentences."""
        return fill(language, self.rule, self.experts, self.values)
