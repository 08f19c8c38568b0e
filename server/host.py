"""The session host: `python -m server.host --folder FOLDER`. It gives each run a worker, up to a limit.

A process of its own, with one thread, one selector and a clean main module, so that forking it is safe. It ends when
its last web process says so, when it has had none for a while, or on SIGTERM; its workers end with it, whatever ends
it.
"""

import argparse
import contextlib
import logging
import math
import os
import selectors
import shutil
import signal
import socket
import time
from dataclasses import fields
from pathlib import Path

from pydantic import ValidationError

from server.channel import Channel
from server.control import (
    REQUEST,
    AskStats,
    Failed,
    InLine,
    ListRuns,
    Reply,
    Runs,
    Shutdown,
    Start,
    Started,
    Stats,
    Stop,
    Stopped,
)
from server.limits import Limits
from server.place import Place
from server.waiting_line import WaitingLine
from server.warm_up import warm_up, warm_up_further
from server.workers import Workers

log = logging.getLogger("server.host")

HEAD_START = 0.5
"""Seconds of serving before the rest is loaded: who came while torch was loading has his worker by then. The rest is
loaded part by part, and who comes meanwhile waits for one part only."""


class Host:
    """Serves web processes on `listener` until it has none left."""

    def __init__(self, place: Place, limits: Limits, listener: socket.socket) -> None:
        self._limits = limits
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._webs: set[Channel] = set()
        self._web_gone_since: float | None = time.monotonic()
        self._line = WaitingLine(limits.waiter_grace)
        self._ending = False
        self._warm = False
        self._parts = warm_up_further()
        self._warm_at = math.inf
        self.workers = Workers(place, self._selector, limits.kept_states)

    def serve(self) -> None:
        """Answer and watch until the end."""
        self._warm_at = time.monotonic() + HEAD_START
        while not self._ending:
            for key, events in self._selector.select(self._patience()):
                key.data(events)
            self._end_what_is_overdue()
            if not self._warm and time.monotonic() >= self._warm_at:
                self._warm = next(self._parts, None) is None

    def _accept(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):  # The caller may have hung up already.
            connection, _ = self._listener.accept()
            self._webs.add(Channel(connection, self._selector, self._hear, self._lose_web))
            self._web_gone_since = None

    def _lose_web(self, web: Channel) -> None:
        self._webs.discard(web)
        if not self._webs:
            self._web_gone_since = time.monotonic()

    def _hear(self, web: Channel, message: bytes) -> None:
        try:
            request = REQUEST.validate_json(message)
        except ValidationError:
            log.warning("A web process sent a message that is no request. Its connection is closed.")
            web.close()
            self._lose_web(web)
            return
        match request:
            case Start():
                reply: Reply = self._start(request)
            case Stop():
                self._line.leave(request.run)
                run = self.workers.find(request.run)
                if run is not None:
                    self.workers.stop(run)
                reply = Stopped()
            case ListRuns():
                reply = Runs(runs=tuple(run.status for run in self.workers))
            case AskStats():
                self._line.expire(time.monotonic())
                waiting, limit = len(self._line), self._limits.runs
                reply = Stats(pid=os.getpid(), warm=self._warm, runs=len(self.workers), limit=limit, waiting=waiting)
            case Shutdown():
                self._ending = True
                return
        web.send(reply.encode())

    def _start(self, start: Start) -> Reply:
        now = time.monotonic()
        run = self.workers.find(start.run)
        if run is not None:
            if run.idle_since is not None:
                run.idle_since = now  # A viewer is about to come.
            return Started()
        place = self._line.place(start.run, now)
        if place > self._limits.runs - len(self.workers):
            return InLine(place=place, limit=self._limits.runs)
        self._line.leave(start.run)
        try:
            self.workers.start(start)
        except OSError as error:
            return Failed(message=f"The server could not start this run: {error}.")
        return Started()

    def _patience(self) -> float | None:
        """Seconds until something is due by itself. None: nothing, until somebody speaks."""
        ends = [run.idle_since + self._limits.viewer_grace for run in self.workers if run.idle_since is not None]
        if self._web_gone_since is not None:
            ends.append(self._web_gone_since + self._limits.web_grace)
        if not self._warm:
            ends.append(self._warm_at)
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _end_what_is_overdue(self) -> None:
        now = time.monotonic()
        for run in self.workers:
            if run.idle_since is not None and now - run.idle_since >= self._limits.viewer_grace:
                self.workers.stop(run)
        if self._web_gone_since is not None and now - self._web_gone_since >= self._limits.web_grace:
            self._ending = True


class Terminated(Exception):
    """SIGTERM came."""


def terminate(*_: object) -> None:
    """Handle SIGTERM: leave the loop from wherever it is."""
    raise Terminated


def parse_arguments() -> tuple[Place, Limits]:
    """The folder, and each of the limits by its name."""
    parser = argparse.ArgumentParser(prog="python -m server.host", description="The session host of MoE Lab.")
    parser.add_argument("--folder", type=Path, required=True, help="private folder for sockets and kept states")
    for field in fields(Limits):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    arguments = vars(parser.parse_args())
    return Place(arguments.pop("folder")), Limits(**arguments)


def main() -> None:
    """Take the place, listen, load torch, and serve. In that order, so that a web process connects at once."""
    logging.basicConfig(format="%(name)s: %(message)s", level=logging.INFO)
    place, limits = parse_arguments()
    place.prepare()
    lock = place.take_lock()
    if lock is None:
        return
    with lock, socket.socket(socket.AF_UNIX) as listener:
        place.control_socket.unlink(missing_ok=True)
        listener.bind(str(place.control_socket))
        listener.listen()
        listener.setblocking(False)
        host = Host(place, limits, listener)
        warm_up()
        signal.signal(signal.SIGTERM, terminate)
        try:
            host.serve()
        except Terminated:
            log.info("The host was asked to end.")
        finally:
            host.workers.kill_all()
        # Not reached after a failure: the next host then finds the kept states.
        shutil.rmtree(place.folder)
    # Unloading torch in good order would take a second, in which a web server waits to end.
    os._exit(0)


if __name__ == "__main__":
    main()
