"""Teach: what a lecturer needs to show this to a room, on the screen and on paper."""

from urllib.parse import urlsplit

import streamlit as st

from ui.lecture import beats_html, lecture_paths
from ui.view_files import ASSETS, base_path

st.html(ASSETS / "page" / "teach.css")
st.html(ASSETS / "page" / "print.css")
st.title("Teach")
st.markdown(
    "Two paths through the lessons. Each link opens in larger type, without navigation, and with the controls that the "
    "beat needs. Open the links before the lecture, one in a tab: a recorded run then plays if the network dies. "
    "Each seed draws other data and first weights; what to expect was measured over many of them. "
    "This page prints, with the addresses."
)
address = urlsplit(st.context.url or "")
root = f"{address.scheme}://{address.netloc}{base_path()}" if address.netloc else base_path()
for path in lecture_paths():
    st.header(path.title)
    st.markdown(path.sentence)
    st.html(beats_html(path, root))
