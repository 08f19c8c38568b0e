"""The host's table of workers."""

import selectors
import socket
import subprocess
import sys
import time

from server.channel import Channel
from server.control import RunStatus
from server.place import Place
from server.workers import Run, Workers


def test_a_worker_that_died_is_not_found_before_its_lifeline_was_read(place: Place, run: str) -> None:
    """A busy host may be asked for the run first: it then starts another worker instead of naming the dead one."""
    place.prepare()
    ours, theirs = socket.socketpair()
    with selectors.DefaultSelector() as selector, theirs:
        workers = Workers(place, selector, kept_states=5)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
            lifeline = Channel(ours, selector, workers._hear, workers._lose)
            status = RunStatus(run=run, pid=process.pid, viewers=0, kept_step=None)
            workers._runs[run] = Run(status, lifeline, idle_since=None)
            assert workers.find(run) is not None
            process.kill()
            patience = time.monotonic() + 10
            while workers.find(run) is not None:
                assert time.monotonic() < patience
        assert len(workers) == 0
        assert lifeline.closed
