"""A page of Streamlit's with one line on it: no page can be painted sooner, so this is what ours is measured beside."""

import streamlit as st

st.write("One line.")
