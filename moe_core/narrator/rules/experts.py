"""Rules about single experts: dead, idle, back to life, busiest; and about how many of them are dead.

What a person does is not told as if it had happened: see moe_core.narrator.rules.doings for that.
"""

import numpy as np

from moe_core.narrator.rule import Finding, Values
from moe_core.narrator.story import Story
from moe_core.narrator.windows import stretch_lengths, stretch_starts
from moe_core.spells import collapsed, onset_at, spell_starts


def dead(story: Story, share: float, patience: int) -> Finding:
    """Load under a part of the fair share, for as long as it takes to be dead."""
    spells = _spells(story, share)

    def describe(row: int, experts: np.ndarray) -> Values:
        spell = int(spells[row, experts].min())
        return {"load": _most(story, row, experts), "fair": _fair(story, row), "spell": spell}

    return Finding(spells >= patience, describe)


def idle(story: Story, share: float, patience: int) -> Finding:
    """Load under a part of the fair share, but not yet for as long, of an expert that had more before.

    One that never had more is not named: an untrained router leaves some experts without a token, and a new expert is
    let in little by little.
    """
    starts = _starts(story, share)
    # Multiplied out, as in moe_core.spells. NaN is not over anything.
    had_more = np.logical_or.accumulate(story.load * story.existing[:, None] >= share, axis=0)

    def describe(row: int, experts: np.ndarray) -> Values:
        since = int(starts[row, experts].max())
        return {"load": _most(story, row, experts), "fair": _fair(story, row), "since": since}

    return Finding((story.steps[:, None] - starts < patience) & had_more, describe)


def came_back(story: Story, share: float, patience: int, recent: int) -> Finding:
    """Load over that part of the fair share again, of an expert that was dead until a short while ago."""
    spells = _spells(story, share)
    alive = np.isnan(spells) & ~np.isnan(story.load) & ~story.by_hand
    row_before = stretch_starts(alive) - 1
    spell_before = np.take_along_axis(spells, np.maximum(row_before, 0), axis=0)
    was_dead = (row_before >= 0) & (spell_before >= patience)
    back = was_dead & (stretch_lengths(story.steps, alive) <= recent)

    def describe(row: int, experts: np.ndarray) -> Values:
        spell = int(spell_before[row, experts].min())
        return {"load": float(story.load[row, experts].min()), "fair": _fair(story, row), "spell": spell}

    return Finding(back, describe)


def collapse(story: Story, half: float, share: float, patience: int) -> Finding:
    """At least a part of all experts dead."""
    starts = _starts(story, share)
    is_dead = story.steps[:, None] - starts >= patience
    has_collapsed = collapsed(story.load, is_dead, half)
    began = stretch_starts(has_collapsed)

    def describe(row: int, _: np.ndarray) -> Values:
        onset = onset_at(int(began[row]), starts, story.load, is_dead, half)
        return {"onset": onset, "dead": int(is_dead[row].sum()), "num_experts": int(story.existing[row])}

    return Finding(has_collapsed, describe)


def busiest(story: Story, share: float, fewest: int) -> Finding:
    """One expert with more than a part of all assignments, among enough experts for that to be much."""
    most = (story.load > share) & (story.existing >= fewest)[:, None] & ~story.by_hand

    def describe(row: int, experts: np.ndarray) -> Values:
        return {"load": _most(story, row, experts), "num_experts": int(story.existing[row])}

    return Finding(most, describe)


def _spells(story: Story, share: float) -> np.ndarray:
    """For how many steps each expert has been under that part of its fair share (N, E); NaN where it is not."""
    return story.steps[:, None] - _starts(story, share)


def _starts(story: Story, share: float) -> np.ndarray:
    """At which step that began (N, E). What a person did to a load is no spell, and ends one."""
    return spell_starts(story.steps, np.where(story.by_hand, np.inf, story.load), share)


def _most(story: Story, row: int, experts: np.ndarray) -> float:
    return float(story.load[row, experts].max())


def _fair(story: Story, row: int) -> float:
    return 1.0 / float(story.existing[row])
