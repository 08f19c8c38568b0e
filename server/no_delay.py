"""Small messages leave at once.

Streamlit binds its own listening socket, in a way that asyncio does not recognise as TCP, so Nagle's algorithm stays on
for every connection. A second small write then waits until the browser has acknowledged the first, which it puts off
for 40 ms: on each file of a page, and between a command and the frame that shows it.
"""

import gc
import socket


def send_at_once(port: int) -> None:
    """Turn Nagle's algorithm off for all connections that this process will accept on a port.

    Nobody hands the socket out, so it is looked for among the objects of the process. Accepted connections inherit the
    option.
    """
    for candidate in gc.get_objects():
        if type(candidate) is socket.socket and _listens(candidate, port):
            candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _listens(candidate: socket.socket, port: int) -> bool:
    if candidate.fileno() < 0 or candidate.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return candidate.type == socket.SOCK_STREAM and candidate.getsockname()[1] == port
