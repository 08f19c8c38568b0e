"""The glossary: the words and symbols of mixtures of experts, in the order in which one needs the other."""

import streamlit as st

from ui.glossary import Term, terms
from ui.view_files import ASSETS

TERMS_A_ROW = 2


def entry(key: str, term: Term) -> None:
    """One term: its symbol beside its name, what it is, and the exact definition where there is one."""
    with st.container(border=True, height="stretch"):
        symbol = f" ${term.symbol}$" if term.symbol else ""
        st.header(f"{term.name}{symbol}", anchor=key)
        st.markdown(term.sentence)
        if term.exact:
            st.latex(term.exact)


st.title("Glossary")
st.markdown(
    "The words of this place, what each means here, and how it is computed. $T$ tokens, $E$ experts, of "
    "which a token $t$ is sent to $k$, the set $S_t$."
)
entries = list(terms().items())
for first in range(0, len(entries), TERMS_A_ROW):
    for column, (key, term) in zip(st.columns(TERMS_A_ROW), entries[first : first + TERMS_A_ROW], strict=False):
        with column:
            entry(key, term)
st.components.v2.component("follow", js=(ASSETS / "glossary" / "follow.js").read_text(encoding="utf-8"))(key="follow")
