"""What a page asks for early, and when the joined view is made anew."""

import gzip
import os
import shutil

import pytest
import streamlit as st

from ui import view_files
from ui.component_modules import STATIC, component_modules


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the view's files, to be changed."""
    folder = tmp_path / "live_view"
    shutil.copytree(view_files.VIEW, folder)
    monkeypatch.setattr(view_files, "VIEW", folder)
    return folder


def test_a_changed_file_makes_another_version_at_once(copied):
    before = view_files.joined_view()
    assert view_files.joined_view() is before
    sheet = copied / "styles" / "base.css"
    sheet.write_text(sheet.read_text(encoding="utf-8") + ".changed { color: red }\n", encoding="utf-8")
    os.utime(sheet, ns=(0, 0))
    after = view_files.joined_view()
    assert after.version != before.version
    assert b".changed { color: red }" in gzip.decompress(after.packed)
    assert after.version in view_files.view_address()


def test_a_bare_address_asks_for_the_saved_picture_too():
    bare, with_query = (view_files.preload_links("/playground", query) for query in (b"", b"preset=collapse"))
    assert [link for link in bare if link not in with_query] == [
        f"<{view_files.picture_address('specialists')}>; rel=preload; as=fetch; crossorigin"
    ]
    assert f"<{view_files.view_address()}>; rel=modulepreload" in with_query
    assert view_files.preload_links("/", b"") == bare
    assert view_files.preload_links("/collapse", b"") == with_query


def test_what_streamlit_draws_a_component_and_a_style_sheet_with_is_found_among_its_files():
    found = component_modules()
    for name in ("BidiComponent", "Html"):
        assert any(name in path for path in found), f"Streamlit {st.__version__} names this file otherwise: {name}."
    with_every_page = (STATIC / "index.html").read_text(encoding="utf-8")
    for path in found:
        assert (STATIC / path).is_file()
        assert path.rpartition("/")[2] not in with_every_page
