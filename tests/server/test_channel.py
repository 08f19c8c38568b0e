"""Messages over a socket: whole however they come, and a reader that has stopped stops nobody else."""

import selectors
import socket
from collections.abc import Iterator

import pytest

from server import limits
from server.channel import LENGTH, Channel, frame


class Ends:
    """A channel, what it heard, and the plain socket at the other end."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        ours, self.other = socket.socketpair()
        self.heard: list[bytes] = []
        self.lost = False
        self.channel = Channel(ours, self.selector, lambda _, message: self.heard.append(message), self.lose)

    def lose(self, _channel: Channel) -> None:
        self.lost = True

    def turn(self) -> None:
        """One turn of the loop, without waiting."""
        for key, events in self.selector.select(0):
            key.data(events)


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.channel.close()
    ends.other.close()
    ends.selector.close()


def test_messages_come_whole_however_they_are_cut(ends: Ends) -> None:
    messages = [b"", b"one", bytes(1000)]
    for byte in b"".join(frame(message) for message in messages):
        ends.other.sendall(bytes([byte]))
        ends.turn()
    assert ends.heard == messages


def test_several_messages_at_once(ends: Ends) -> None:
    ends.other.sendall(frame(b"a") + frame(b"b"))
    ends.turn()
    assert ends.heard == [b"a", b"b"]


def test_reader_that_has_stopped_does_not_block(ends: Ends) -> None:
    big = bytes(3 * 2**20)
    ends.channel.send(big)
    assert ends.channel.backlog
    ends.other.setblocking(False)
    received = bytearray()
    while len(received) < LENGTH.size + len(big):
        ends.turn()
        received += ends.other.recv(2**20)
    assert received == frame(big)
    ends.turn()
    assert not ends.channel.backlog


def test_end_is_told_once_what_came_before_it_is_heard(ends: Ends) -> None:
    ends.other.sendall(frame(b"last"))
    ends.other.close()
    ends.turn()
    ends.turn()
    assert (ends.heard, ends.lost, ends.channel.closed) == ([b"last"], True, True)
    ends.channel.send(b"into the void")


def test_message_beyond_the_limit_ends_the_connection(ends: Ends) -> None:
    ends.other.sendall(LENGTH.pack(limits.ANSWER_BYTES + 1))
    ends.turn()
    assert ends.lost
