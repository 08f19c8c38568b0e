"""All members of a group at rest: each is asked, and a run that does not answer is said to be so."""

from server.client import NoAnswer
from server.question import Answer
from tests.pages.opened import ROOT, open_page
from ui.at_rest import NOT_STARTED
from ui.experiment import Experiment

PAGE = ROOT / "pages" / "learn" / "balancing.py"


class Host:
    """Answers for members 0 to 2, and not for the last."""

    asked: list[int]

    def __init__(self) -> None:
        self.asked = []

    def ask(self, run: str, member: int = 0) -> Answer:
        self.asked.append(member)
        if member == 3:
            raise NoAnswer("The process of this run has ended.")
        return Answer(step=0, metrics={}, untrained={})


def test_a_run_that_has_not_started_is_not_asked():
    app = open_page(PAGE)
    app.button(key="balancing.measure").click().run()
    assert [info.value for info in app.info] == [NOT_STARTED]


def test_every_member_is_asked_and_one_that_does_not_answer_is_told(monkeypatch):
    host = Host()
    monkeypatch.setattr("ui.group_at_rest.session_host", lambda: host)
    app = open_page(PAGE)
    app.session_state["balancing.run"] = "run"
    app.button(key="balancing.measure").click().run()
    assert host.asked == [0, 1, 2, 3]
    assert [info.value for info in app.info] == ["The process of this run has ended."]


def test_each_is_named_by_what_tells_it_from_the_others():
    experiment = Experiment.of_preset("collapse").beside([{"balance_coefficient": 0.1}, {"learning_rate": 0.01}])
    assert experiment.names == [
        "Balance coefficient 0, Learning rate 0.003",
        "Balance coefficient 0.1",
        "Learning rate 0.01",
    ]
