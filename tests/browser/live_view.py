"""The live view as a test sees it: its buttons, and what it says of itself in its data attributes."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

PATIENCE = 30_000
"""Milliseconds until a test gives up on a condition. Generous, since machines are slow and shared."""


class LiveView:
    """The one live view of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_test_id("live-view")

    def open(self, url: str) -> "LiveView":
        """Go to a page and wait until its run answers."""
        self.page.goto(url)
        self.wait(lambda: self.connected)
        return self

    @property
    def connected(self) -> bool:
        return self.root.count() == 1 and self.state in ("paused", "running") and self.frame > 0

    def read(self, name: str) -> str:
        return self.root.get_attribute(f"data-{name}") or ""

    @property
    def run(self) -> str:
        return self.read("run")

    @property
    def state(self) -> str:
        return self.read("state")

    @property
    def step(self) -> int:
        return int(self.read("step") or 0)

    @property
    def frame(self) -> int:
        return int(self.read("frame") or 0)

    def press(self, name: str) -> None:
        """Click a button of the transport."""
        self.button(name).click()

    def train_a_little(self) -> None:
        """Play until a few frames came, and pause."""
        first = self.frame
        self.train_until(lambda: self.frame > first + 5 and self.step > 5)

    def train_until(self, condition: Callable[[], bool]) -> None:
        """Play until a condition holds, and pause."""
        self.press("play")
        self.wait(condition)
        self.press("play")
        self.expect_state("paused")

    def button(self, name: str) -> Locator:
        return self.root.get_by_test_id(name)

    @property
    def loads(self) -> list[float]:
        """The load of each expert, by number."""
        cards = self.root.get_by_test_id("expert-card")
        return [float(card.get_attribute("data-load") or "nan") for card in cards.all()]

    def summary(self, name: str) -> str:
        """A row of the table that tells the picture to those who cannot see it."""
        return self.root.get_by_role("row", name=name).get_by_role("cell").inner_text()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        for _ in range(PATIENCE // 50):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the condition did not come true; the view says {self.state} at step {self.step}")

    def expect_state(self, state: str) -> None:
        expect(self.root).to_have_attribute("data-state", state, timeout=PATIENCE)
