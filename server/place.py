"""The private folder of one server: its sockets, its lock and the kept states of its runs.

It is keyed by user and port, so that a restarted server finds the host and the runs it left behind. Nobody else can
open it, which is all the authority that the sockets in it ask for.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from safetensors import SafetensorError, safe_open

from server import limits
from server.message import MOST_MEMBERS

PRIVATE = 0o700


class PlaceError(RuntimeError):
    """The folder cannot be used. Says why, and what to do."""


@dataclass(frozen=True)
class Place:
    """Where things of one server are."""

    folder: Path

    @property
    def control_socket(self) -> Path:
        """The host's own socket."""
        return self.folder / "host"

    @property
    def lock(self) -> Path:
        """Held by the living host, so that there is one at a time."""
        return self.folder / "lock"

    def worker_socket(self, run: str) -> Path:
        """A run's socket. A digest, because a whole run id can make the path too long."""
        return self.folder / hashlib.sha256(run.encode()).hexdigest()[:16]

    def kept(self, run: str, member: int = 0) -> Path:
        """The last kept state of a run, each member of a group in a file of its own."""
        return self.folder / (f"{run}.{member}.safetensors" if member else f"{run}.safetensors")

    def kept_runs(self) -> list[str]:
        """Every run that has a kept state, newest first."""
        states = [path for path in self.folder.glob("*.safetensors") if "." not in path.stem]
        return [path.stem for path in sorted(states, key=lambda path: path.stat().st_mtime, reverse=True)]

    def forget(self, run: str, first_member: int = 0) -> None:
        """Remove the kept states of a run, or of its members from that one on."""
        for member in range(first_member, MOST_MEMBERS):
            self.kept(run, member).unlink(missing_ok=True)

    def kept_step(self, run: str) -> int | None:
        """The step of a run's kept state, or None when there is none that can be read. Reads the file's head only."""
        try:
            with safe_open(self.kept(run), framework="np") as file:
                return int(tomllib.loads(file.metadata()["run"])["step"])
        except (OSError, SafetensorError, KeyError, TypeError, ValueError):
            return None

    def prepare(self) -> None:
        """Make the folder, or check the one that is there. Raises PlaceError when it is not safe to use."""
        length = len(os.fsencode(self.worker_socket("")))
        if length >= limits.SOCKET_PATH_BYTES:
            raise PlaceError(
                f"The path of a socket in {self.folder} would take {length} bytes, and it has to be shorter than"
                f" {limits.SOCKET_PATH_BYTES}. Set TMPDIR to a shorter folder."
            )
        with suppress(FileExistsError):
            self.folder.mkdir(mode=PRIVATE)
        status = self.folder.lstat()
        if not stat.S_ISDIR(status.st_mode):
            raise PlaceError(f"{self.folder} is not a folder. Remove it and start again.")
        if status.st_uid != os.getuid():
            raise PlaceError(f"{self.folder} belongs to another user. Remove it, or serve on another port.")
        if stat.S_IMODE(status.st_mode) != PRIVATE:
            mode = oct(stat.S_IMODE(status.st_mode))[2:]
            raise PlaceError(f"{self.folder} has the mode {mode}, and only 700 is private. Remove it and start again.")

    def take_lock(self) -> IO[bytes] | None:
        """Become the one host of this place, or None when there is one. Held until the file is closed.

        A POSIX lock belongs to the process, so no worker inherits it.
        """
        lock = self.lock.open("ab")
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A host that was ending may have removed the file since it was opened.
            if os.path.samestat(os.fstat(lock.fileno()), self.lock.stat()):
                return lock
        except (BlockingIOError, FileNotFoundError):
            pass
        lock.close()
        return None


def place_of(port: int) -> Place:
    """The place of the server on this port, for the user of this process."""
    return Place(Path(tempfile.gettempdir()) / f"moe-lab-{os.getuid()}-{port}")
