"""The query that a page is by itself: a lesson has an experiment of its own, of which its address need not speak."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ui.experiment import PRESET, Experiment
from ui.group import TWIN, written

OPENED = "The page opened with its own settings."


@dataclass(frozen=True)
class OwnQuery:
    """fields: what a page's address says without saying it. Empty for a page that has nothing of its own."""

    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def experiment(self) -> Experiment:
        """What the page opens with."""
        return Experiment.of_query(self.fields)

    def read(self, query: Mapping[str, str]) -> Experiment:
        """The experiment of a page with this query. One with a preset says all of it, any other what is changed.

        A page with an experiment of its own opens with that one when something of the link is refused: a part of
        another experiment would show something else than the page tells of. An empty twin stands for no copy.
        """
        if not self.fields:
            return Experiment.of_query(query)
        asked = dict(query) if PRESET in query else {**self.fields, **query}
        if not asked.get(TWIN):
            asked.pop(TWIN, None)
        read = Experiment.of_query(asked)
        return replace(self.experiment, problems=(*read.problems, OPENED)) if read.problems else read

    def written(self, experiment: Experiment) -> dict[str, str]:
        """The query that reads back as this experiment: what differs from the page's own, or else all of it."""
        said = experiment.query()
        if not self.fields:
            return said
        whole = {PRESET: experiment.preset, **said}
        silent = {name: written(value) for name, value in experiment.config.settings().items()} | {TWIN: ""}
        if whole[PRESET] != self.fields[PRESET] or not self.fields.keys() <= {PRESET, *silent}:
            return whole
        full = {name: whole.get(name, silent.get(name, "")) for name in {**self.fields, **whole}}
        return {name: value for name, value in full.items() if self.fields.get(name) != value}


NOTHING_OWN = OwnQuery()
