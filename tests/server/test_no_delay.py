"""Connections to the app's port are told not to hold small messages back."""

import socket

from server.no_delay import send_at_once


def test_connections_accepted_on_the_port_send_at_once():
    with socket.socket() as listener, socket.socket() as other:
        for bound in (listener, other):
            bound.bind(("127.0.0.1", 0))
            bound.listen()
        send_at_once(listener.getsockname()[1])
        assert accepted_option(listener) != 0
        assert accepted_option(other) == 0


def accepted_option(listener: socket.socket) -> int:
    """TCP_NODELAY of a connection that was accepted after the call."""
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        return accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
