"""The narrator: says in plain sentences what its rules found in the curves of a run, and nothing that none found.

Each rule in `RULES` has a metric, thresholds and a finder; its sentence prints every threshold, so that a person can
check it against the curves. No torch.
"""

from moe_core.narrator.remark import Remark
from moe_core.narrator.rule import Rule, Threshold
from moe_core.narrator.rules import RULES
from moe_core.narrator.story import Story
from moe_core.narrator.telling import events, narrate

__all__ = ["RULES", "Remark", "Rule", "Story", "Threshold", "events", "narrate"]
