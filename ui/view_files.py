"""The files of the live view as a browser asks for them, and what a page tells it to ask for early."""

import gzip
import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from moe_core.config import presets
from server.frames import unpack
from ui.bundle import Line, join
from ui.component_modules import component_modules

ASSETS = Path(__file__).resolve().parents[1] / "assets"
VIEW = ASSETS / "live_view"
PICTURES = ASSETS / "pretrained"
RECORDED = ASSETS / "recorded"
VIEW_PATH = "/assets/live_view/joined.js"
"""Where the joined view is served, beside its modules, which its source map names."""

WITH_PICTURE = ("/", "/playground")
"""Paths of pages that open with the saved picture of the first situation."""


class JoinedView(NamedTuple):
    """All modules and styles of the view as one module: its lines, its compressed text, and a short hash of it all."""

    version: str
    lines: list[Line]
    packed: bytes


def joined_view() -> JoinedView:
    """The view as its files are now: they are read again only when one of them changed."""
    entries = (entry for folder in (VIEW, VIEW / "styles", PICTURES) for entry in os.scandir(folder))
    return _join(tuple(sorted((entry.path, entry.stat().st_mtime_ns) for entry in entries)))


def base_path() -> str:
    """The path that the server is mounted under, without a slash at the end."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}" if base else ""


def view_address() -> str:
    """Where the joined view is served. Another version has another address, so that a browser never mixes two."""
    return f"{base_path()}{VIEW_PATH}?v={joined_view().version}"


def has_picture(preset: str) -> bool:
    """Whether a saved run with its picture comes with the preset."""
    return _picture(preset).exists()


def steps_trained(preset: str) -> int:
    """How far the saved run of a preset has trained, as its picture says."""
    header, _ = unpack(_picture(preset).read_bytes())
    return int(header["step"])


def picture_address(preset: str) -> str:
    """Where the saved picture of a preset is served."""
    return f"{base_path()}/assets/pretrained/{_picture(preset).name}?v={joined_view().version}"


def recording_address(lesson: str) -> str | None:
    """Where the recorded run of a lesson is served, or None where there is none."""
    path = RECORDED / f"{lesson}.frames"
    return f"{base_path()}/assets/recorded/{path.name}" if path.exists() else None


def preload_links(path: str, query: bytes) -> list[str]:
    """What a page will load, as values of a Link header. Only some, without a query, show a saved picture."""
    links = [f"<{view_address()}>; rel=modulepreload"]
    links += [f"<{base_path()}/{path}>; rel=modulepreload" for path in component_modules()]
    if not query and path.removeprefix(base_path()) in WITH_PICTURE:
        links.append(f"<{picture_address(presets.NAMES[0])}>; rel=preload; as=fetch; crossorigin")
    return links


def _picture(preset: str) -> Path:
    return PICTURES / f"{preset}.frame"


@lru_cache(maxsize=1)
def _join(_files: tuple[tuple[str, int], ...]) -> JoinedView:
    lines = join(VIEW / "main.js")
    text = "".join(f"{line.text}\n" for line in lines) + f"//# sourceMappingURL={VIEW_PATH.rpartition('/')[2]}.map\n"
    digest = hashlib.sha256(text.encode())
    for picture in sorted(PICTURES.glob("*.frame")):
        digest.update(picture.read_bytes())
    return JoinedView(digest.hexdigest()[:12], lines, gzip.compress(text.encode(), compresslevel=6, mtime=0))
