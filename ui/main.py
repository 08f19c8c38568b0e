"""The frame around every page: its title and the navigation."""

import streamlit as st

from moe_core.config import lesson
from ui import session
from ui.lesson import lesson_file
from ui.lesson_words import words_of
from ui.view_files import ASSETS

st.set_page_config(page_title="MoE Lab", page_icon=ASSETS / "pictures" / "icon.png", layout="wide")
st.html(ASSETS / "page" / "page.css")
if session.presenting():
    st.html(ASSETS / "page" / "present.css")
page = st.navigation(
    [
        st.Page("../pages/home.py", title="Home", default=True),
        *(st.Page(lesson_file(name), title=words_of(name).title, url_path=name) for name in lesson.NAMES),
        st.Page("../pages/lab/playground.py", title="Playground", url_path="playground"),
        st.Page("../pages/learn/teach.py", title="Teach", url_path="teach"),
        st.Page("../pages/learn/glossary.py", title="Glossary", url_path="glossary"),
    ],
    position="hidden" if session.presenting() else "top",
)
session.enter_page(page.url_path)
page.run()
