"""How the browser tests find their browser."""

from pathlib import Path

import pytest

from tests.browser import chromium

BROWSER = "#!/bin/sh\necho Chromium 150.0\n"
STUB_WITHOUT_BROWSER = "#!/bin/sh\necho 'requires the chromium snap' >&2\nexit 1\n"


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH, with no other browser to be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "MACOS_APPLICATIONS", ())
    monkeypatch.setattr(chromium, "playwrights_own", lambda: str(tmp_path / "playwright"))
    return tmp_path


def write_program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_nothing_is_found_where_nothing_is(on_path: Path) -> None:
    assert chromium.find() is None


def test_first_one_that_starts_is_found(on_path: Path) -> None:
    write_program(on_path / "chromium-browser", STUB_WITHOUT_BROWSER)
    browser = write_program(on_path / "google-chrome", BROWSER)
    assert chromium.find() == browser


def test_playwrights_own_is_found_last(on_path: Path) -> None:
    own = write_program(on_path / "playwright", BROWSER)
    assert chromium.find() == own


def test_named_one_comes_first(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(on_path / "chromium", BROWSER)
    named = write_program(on_path / "mine", BROWSER)
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium.find() == named


def test_named_one_that_does_not_start_is_refused(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(FileNotFoundError, match="CHROMIUM is /nowhere/chromium, which does not start as a Chromium"):
        chromium.find()
