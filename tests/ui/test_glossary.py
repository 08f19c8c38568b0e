"""The glossary explains each word once, and a word on a page leads to its entry."""

from html import escape

import pytest

from ui.glossary import term, terms


def test_every_term_says_what_it_is_in_whole_sentences():
    for key, entry in terms().items():
        assert key == escape(key).lower()
        assert entry.sentence.endswith("."), key
        assert '"' not in entry.sentence, f"{key}: a quotation mark would end the tooltip"


def test_names_are_not_said_twice():
    names = [entry.name for entry in terms().values()]
    assert len(set(names)) == len(names)


def test_a_word_leads_to_its_entry_and_says_what_it_means():
    assert term("load", "loads") == f'[loads](/glossary#load "{terms()["load"].sentence}")'
    with pytest.raises(KeyError):
        term("no-such-term")
