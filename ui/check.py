"""A question after a run: every answer has a reply of its own, and nothing is scored."""

import streamlit as st

from ui.lesson_words import CheckWords

RIGHT, WRONG = "Yes.", "No."


@st.fragment
def check(key: str, asked: CheckWords) -> None:
    """Ask, and reply to what is chosen. Another answer can be tried at any time."""
    texts = [answer.text for answer in asked.answers]
    chosen = st.radio(asked.text, range(len(texts)), index=None, format_func=texts.__getitem__, key=key)
    if chosen is None:
        return
    answer = asked.answers[chosen]
    (st.success if answer.right else st.info)(f"{RIGHT if answer.right else WRONG} {answer.reply}")
