"""Find the Chromium that the browser tests drive, or install one: `python -m tests.browser.chromium`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find() -> Path | None:
    """The browser named by CHROMIUM, else the first one on this machine that starts."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not starts(named):
            raise FileNotFoundError(f"CHROMIUM is {named}, which does not start as a Chromium.")
        return Path(named)
    return next((Path(candidate) for candidate in candidates() if starts(candidate)), None)


def candidates() -> Iterator[str]:
    """Where a Chromium may be: on PATH, among the applications of macOS, or where Playwright puts its own."""
    for command in COMMANDS:
        path = shutil.which(command)
        if path:
            yield path
    yield from MACOS_APPLICATIONS
    yield playwrights_own()


def playwrights_own() -> str:
    """Where Playwright looks for its own build, installed or not."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def starts(path: str) -> bool:
    """Whether the program says that it is a Chromium.

    A file alone proves little: Ubuntu's chromium-browser only says where to get the snap, and Playwright's build starts
    only where the libraries it needs are installed.
    """
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "Chrom" in answer.stdout


def install() -> Path | None:
    """Install Playwright's own build; where that fails or does not start, as root, the distribution's package."""
    run(sys.executable, "-m", "playwright", "install", "chromium")
    path = find()
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update")
        run("apt-get", "install", "--yes", "chromium")
        path = find()
    return path


def run(*command: str) -> None:
    """Run a command that asks nothing. Whether it helped is seen by looking for a browser again."""
    subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False)


def main() -> int:
    """Say which browser the tests will drive; 1 if there is none and none could be installed."""
    try:
        path = find() or install()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    if path is None:
        print("No Chromium could be installed: install one, or name one with CHROMIUM=.", file=sys.stderr)
        return 1
    print(f"The browser tests drive {path}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
