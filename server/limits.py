"""Every limit of a server, in one place, each with its reason."""

from dataclasses import dataclass

MESSAGE_BYTES = 16 * 1024
"""The largest message a browser may send. The longest one, a whole form of settings with a drawing of 1000
points, takes under 7 KiB."""

ANSWER_BYTES = 4 * 2**20
"""The largest message that the host and the web process take from a worker's line, and a worker from a page. The
largest frame of one member, a line of 64 experts with all of its history, takes under 400 KiB, and a group has four.
Answers to a page's script, a whole run as a file among them, come over a connection of their own, unbounded: the
worker is ours, and what it may hold is bounded by its settings."""

SOCKET_PATH_BYTES = 100
"""A socket's path is shorter than this: macOS stops at 104 bytes and Linux at 108."""

FRAMES_PER_SECOND = 30
"""Frames of one run for one viewer. More would cost training steps and look the same."""

QUALITIES = ((64, 1.0), (48, 1.0), (32, 1.0), (24, 1.0), (24, 0.04), (24, 0.02))
"""Cells along a side of the planes, and the share of the time that all of them may take, best first. 24 cells still
show who owns a place, at a seventh of the work. Where that is too much, for a group of four, they are drawn less often;
the frames between repeat them, and all of their numbers are of their own moment."""

RENDER_SHARE = 0.10
"""The share of its time that a worker aims to spend on rendering at most; its bound is 0.15."""

KEEP_EVERY = 2.0
"""Seconds between two kept states of a running run: what a killed worker loses. Keeping takes about 1.5 ms."""

UNWATCHED_PAUSE = 300.0
"""Seconds of training that no frame was asked of, as in a hidden tab, before the run pauses and frees the processor."""

WHO_EVERY = 1.0
"""Seconds between two questions to a page whether it is there. Four that do not come are a lost network to it."""

ABSENT_PAUSE = 10.0
"""Seconds of training that no page answered for, before the run pauses where the person may still know it: a network
that is lost in silence leaves a connection open for most of a minute. A reload, and a page that is drawn slowly, take
less."""

ATTACH_SECONDS = 10.0
"""How long a new socket may take to say which run it wants."""

PRESENT_SECONDS = 0.5
"""How long a page may take to answer "who", before another page is given its run."""

RETRY_SECONDS = 1.0
"""How often somebody in the waiting line asks again."""

ASK_SECONDS = 5.0
"""How long a page's script waits for the answer to a question. A worker answers between two training steps."""

EXPORT_SECONDS = 20.0
"""How long a file of a run may take: a script gathers the source of everything that the run needs."""

REQUEST_SECONDS = 60.0
"""How long a request to the host may take: a first one waits until the host has loaded torch."""


@dataclass(frozen=True)
class Limits:
    """What a host is started with, so that tests can run through a life in seconds."""

    runs: int = 40
    """Runs on one server: at most 45 MiB of private memory and one core each, so 2 GiB, sharing the cores. 20 MiB of
    these are kept states, which the members of a group share: a group of four takes 60 MiB at most."""

    kept_states: int = 200
    """States of runs that have ended, newest kept: a run that comes back goes on. A small one takes 20 KiB."""

    viewer_grace: float = 30.0
    """Seconds that a run goes on without a viewer: a reload or a dropped connection finds it as it was."""

    web_grace: float = 30.0
    """Seconds that the runs go on without a web process: a restarted one takes them over."""

    waiter_grace: float = 5.0
    """Seconds after which a place in the waiting line expires when its holder stops asking."""


def full_server(place: int, limit: int) -> str:
    """What a person in the waiting line reads. `place` 1 is the next to enter."""
    ordinals = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    ordinal = ordinals[place - 1] if place <= len(ordinals) else f"number {place}"
    return f"This server is full: {limit} of {limit} runs; yours is {ordinal} in line."
