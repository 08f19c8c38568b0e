"""The session host of this server, as pages reach it."""

from functools import cache

import streamlit as st

from server.client import LocalSessionHost
from server.place import place_of


@cache
def session_host() -> LocalSessionHost:
    """One client a web process. The host itself is found by the port that this server listens on."""
    return LocalSessionHost(place_of(st.get_option("server.port")))
