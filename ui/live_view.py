"""The live view as a Streamlit component: it hands over settings and words, and learns the run's id.

Frames and commands never pass here. The browser fetches them itself, from the live route (see server/live_route.py).
"""

import hashlib
import json
from functools import cache
from pathlib import Path

import streamlit as st

from moe_core.config import TABLE, presets
from ui import session
from ui.experiment import Experiment

ASSETS = Path(__file__).resolve().parents[1] / "assets"
BOOTSTRAP = """
export default async (component) => {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const address = `${data.assets}/live_view/main.js?v=${data.version}`;
  const view = await import(new URL(address, document.baseURI).href);
  return view.mount({ ...component, data });
};
"""


def live_view(page: str, experiment: Experiment, connect: str = "at-once", layout: str = "playground") -> None:
    """Draw the live view of a page's run, and of its copy where there is one.

    connect = "at-once" starts a run as soon as the page is open; "on-demand" shows the saved picture until a person
    presses a button of the transport. layout = "playground" has every part; "home" a mixture beside a plain network.
    """
    # A copy has no saved state, and both begin at the same step.
    saved = not experiment.differences and experiment.twin is None and _picture(experiment.preset).exists()
    pretrained = experiment.preset if saved else None
    base = base_path()
    key = f"{page}.live_view"

    def merge_reported() -> None:
        report = session.take_report(key, "change")
        session.merge_settings(page, report["settings"], report["twin"])

    component = st.components.v2.component("live_view", html="<div></div>", js=BOOTSTRAP)
    result = component(
        key=key,
        # Bytes, since a mapping makes Streamlit load pandas to look for tables in it: half a second, once a server.
        data=json.dumps(
            {
                "assets": f"{base}/assets",
                "live": f"{base}/live",
                "version": version(),
                "page": page,
                "settings": experiment.config.settings(),
                "others": experiment.others,
                "pretrained": pretrained,
                "opening": session.opening(page),
                "picture": picture_address(pretrained) if pretrained else None,
                "connect": connect,
                "layout": layout,
                "exports": f"{base}/live",
                "present": session.presenting(),
                "labels": labels(),
                "settings_labels": settings_labels(),
            }
        ).encode(),
        on_run_change=lambda: None,
        on_change_change=merge_reported,
    )
    session.keep_run(page, result.run)


def base_path() -> str:
    """The path that the server is mounted under, without a slash at the end."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}" if base else ""


def preload_links(query: bytes) -> list[str]:
    """What a page with this query will load, as values of a Link header. Only a bare address shows a saved picture."""
    folder = f"{base_path()}/assets"
    modules = [path.name for path in (ASSETS / "live_view").glob("*.js") if path.name != "main.js"]
    links = [f"<{folder}/live_view/{name}>; rel=modulepreload" for name in sorted(modules)]
    links.append(f"<{folder}/live_view/main.js?v={version()}>; rel=modulepreload")
    styles = [path.name for path in (ASSETS / "live_view" / "styles").glob("*.css")]
    links += [f"<{folder}/live_view/styles/{name}?v={version()}>; rel=preload; as=style" for name in sorted(styles)]
    if not query:
        links.append(f"<{picture_address(presets.NAMES[0])}>; rel=preload; as=fetch; crossorigin")
    return links


def picture_address(preset: str) -> str:
    """Where the saved picture of a preset is served."""
    return f"{base_path()}/assets/pretrained/{preset}.frame?v={version()}"


@cache
def labels() -> dict[str, str]:
    """Every word that the canvas shows."""
    words: dict[str, str] = json.loads((ASSETS / "live_view" / "labels.en.json").read_text(encoding="utf-8"))
    return words


@cache
def settings_labels() -> dict[str, dict[str, object]]:
    """What a person reads of each setting, and of its choices, as in the table of settings."""
    return {
        name: {"label": row.label, "titles": {choice: row.title(choice) for choice in row.choices}}
        for name, row in TABLE.items()
    }


@cache
def version() -> str:
    """A short hash of the view's files and pictures, so that a browser never mixes two versions."""
    digest = hashlib.sha256()
    for folder in ("live_view", "pretrained"):
        for path in sorted((ASSETS / folder).rglob("*")):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _picture(preset: str) -> Path:
    return ASSETS / "pretrained" / f"{preset}.frame"
