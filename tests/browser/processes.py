"""The processes behind an app, found by name as `ps` lists them, so that a test can kill one and see it gone."""

import subprocess
from dataclasses import dataclass

from server.place import place_of


@dataclass(frozen=True)
class Process:
    """One row of ps."""

    pid: int
    parent: int
    command: str


def processes() -> list[Process]:
    """Every living process of this machine; a zombie does not count."""
    listing = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in listing.stdout.splitlines()]
    return [Process(int(row[0]), int(row[1]), row[3]) for row in rows if len(row) == 4 and not row[2].startswith("Z")]


def host_of(port: int) -> list[int]:
    """The session host of the app on this port, and whatever else runs with its folder: its workers are forks of it."""
    folder = str(place_of(port).folder)
    return [process.pid for process in processes() if "server.host" in process.command and folder in process.command]


def workers_of(port: int) -> list[int]:
    """The workers of the app on this port: children of its host."""
    family = set(host_of(port))
    return [process.pid for process in processes() if process.pid in family and process.parent in family]
