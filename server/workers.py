"""The living workers of a host: made by forking, watched through a lifeline each, ended and reaped.

A lifeline is a pair of sockets, one end in the host and one in the worker. When either process dies, however it dies,
the other reads the end of the stream at once.
"""

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from server.channel import Channel
from server.control import REPORT, End, RunStatus, Start
from server.place import Place

log = logging.getLogger(__name__)

END_SECONDS = 1.0
"""How long a worker may take to keep its state and exit: one training step and one file."""


@dataclass
class Run:
    """A run with a living worker, as the worker last reported it."""

    status: RunStatus
    lifeline: Channel
    idle_since: float | None
    """Since when it has had no viewer, or None."""


class Workers:
    """Every run that has a worker, by id. `kept_states` is how many states of ended runs are left on the disk."""

    def __init__(self, place: Place, selector: selectors.BaseSelector, kept_states: int) -> None:
        self._place = place
        self._selector = selector
        self._kept_states = kept_states
        self._runs: dict[str, Run] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(list(self._runs.values()))

    def find(self, run: str) -> Run | None:
        """The run of that id, if it has a worker. One whose worker has just died, and was not yet reaped, has none."""
        found = self._runs.get(run)
        if found is not None and os.waitpid(found.status.pid, os.WNOHANG)[0] != 0:
            found.lifeline.close()
            self._forget(found)
            return None
        return found

    def start(self, start: Start) -> None:
        """Make a worker. Its socket listens before it exists, so nobody can come too early. Raises OSError."""
        path = self._place.worker_socket(start.run)
        path.unlink(missing_ok=True)
        ours, theirs = socket.socketpair()
        with socket.socket(socket.AF_UNIX) as listener, theirs:
            listener.bind(str(path))
            listener.listen()
            try:
                pid = os.fork()
            except OSError:
                ours.close()
                raise
            if pid == 0:
                ours.close()
                self._become_worker(start, listener, theirs)
        status = RunStatus(run=start.run, pid=pid, viewers=0, kept_step=None)
        lifeline = Channel(ours, self._selector, self._hear, self._lose)
        self._runs[start.run] = Run(status, lifeline, idle_since=time.monotonic())

    def stop(self, run: Run) -> None:
        """End a worker and wait for it, so that whoever starts the run next finds its state kept."""
        run.lifeline.send(End().encode())
        patience = time.monotonic() + END_SECONDS
        while os.waitpid(run.status.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > patience:
                os.kill(run.status.pid, signal.SIGKILL)
            time.sleep(0.002)
        run.lifeline.close()
        self._forget(run)

    def kill_all(self) -> None:
        """End every worker at once. Nothing is kept."""
        for run in self:
            os.kill(run.status.pid, signal.SIGKILL)
        for run in self:
            os.waitpid(run.status.pid, 0)
        self._runs.clear()

    def _become_worker(self, start: Start, listener: socket.socket, lifeline: socket.socket) -> NoReturn:
        """In the child: let go of what is the host's, above all the other workers' lifelines, and serve the run."""
        exit_code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for key in self._selector.get_map().values():
                key.fileobj.close()  # type: ignore[union-attr]  # Only sockets are registered.
            self._selector.close()
            from server.worker import Worker

            Worker(start, self._place, listener, lifeline).serve()
            exit_code = 0
        except Exception:
            # Whatever it was, this process ends here: below on its stack is the loop of the host, which must not go on.
            log.exception("The worker of a run failed.")
        finally:
            os._exit(exit_code)

    def _hear(self, lifeline: Channel, message: bytes) -> None:
        report = REPORT.validate_json(message)
        run = self._run_of(lifeline)
        run.status = run.status.model_copy(update={"viewers": report.viewers, "kept_step": report.kept_step})
        run.idle_since = (run.idle_since or time.monotonic()) if report.viewers == 0 else None

    def _lose(self, lifeline: Channel) -> None:
        """The lifeline ends when the process does, so it only remains to be reaped."""
        run = self._run_of(lifeline)
        os.waitpid(run.status.pid, 0)
        self._forget(run)

    def _run_of(self, lifeline: Channel) -> Run:
        return next(run for run in self if run.lifeline is lifeline)

    def _forget(self, run: Run) -> None:
        del self._runs[run.status.run]
        self._place.worker_socket(run.status.run).unlink(missing_ok=True)
        for ended in self._place.kept_runs()[self._kept_states :]:
            if ended not in self._runs:
                self._place.forget(ended)
