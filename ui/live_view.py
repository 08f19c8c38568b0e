"""The live view as a Streamlit component: it hands over settings and words, and learns the run's id.

Frames and commands never pass here. The browser fetches them itself, from the live route (see server/live_route.py).

The view comes first. When a page is opened, its script stops behind the view, and runs again, to its end, once the
view says that it stands: drawing the widgets takes a browser longer than drawing the view, which would wait for them.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache

import streamlit as st

from moe_core.config import TABLE
from moe_core.config.lesson import NAMES, load
from moe_core.config.table import Setting
from ui import session
from ui.experiment import Experiment
from ui.group import written
from ui.question import question_of
from ui.view_files import VIEW, base_path, has_picture, picture_address, recording_address, view_address

BOOTSTRAP = """
export default async (component) => {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  try {
    const view = await import(new URL(data.view, document.baseURI).href);
    return view.mount({ ...component, data });
  } catch (error) {
    component.setStateValue("run", ""); // The rest of the page does without it.
    throw error;
  }
};
"""


TABS = ("curves", "input", "pulls", "inside")
"""What stands in tabs beside the picture: the curves, the numbers of one input, the tug-of-war at the router, and what
is inside one expert."""


def live_view(
    page: str,
    experiment: Experiment,
    connect: str = "at-once",
    layout: str = "playground",
    shows: Sequence[str] = TABS,
    asks: str | None = None,
    meters: bool = False,
    act: object = None,
    sources: Mapping[str, object] | None = None,
    in_fragment: bool = True,
) -> None:
    """Draw the live view of a page's run, and of the others beside it. Until it stands, the script ends here.

    connect = "at-once" starts a run as soon as the page is open; "on-demand" shows the saved picture until a person
    presses a button of the transport. layout = "playground" has every part; "home" a mixture beside a plain network;
    "token" one token in slow motion, each stage with its lines of `sources`.
    shows: which of TABS there are, the first of them open.
    meters: whether there is a line with how specialised the experts are.
    asks: the lesson whose question is put before the run; Home has one too. act: what the view is to do once, see
    session.act. in_fragment: whether the page calls this within a fragment, which can run again alone.
    """
    pretrained = saved_run(experiment)
    base = base_path()
    stands = session.view_stands(page)
    key = f"{page}.live_view"

    def merge_reported() -> None:
        report = session.take_report(key, "change")
        session.merge_settings(page, report["settings"], report["members"])

    def go_on() -> None:
        session.keep_run(page, session.take_report(key, "run"))
        if in_fragment:  # Else the page runs again anyway, and asking for it would call back who follows a link.
            st.rerun()

    component = st.components.v2.component("live_view", html="<div></div>", js=BOOTSTRAP)
    result = component(
        key=key,
        # Bytes, since a mapping makes Streamlit load pandas to look for tables in it: half a second, once a server.
        data=json.dumps(
            {
                "view": view_address(),
                "live": f"{base}/live",
                "page": page,
                "settings": experiment.config.settings(),
                "others": experiment.others,
                "pretrained": pretrained,
                "opening": session.opening(page),
                "picture": picture_address(pretrained) if pretrained else None,
                "recording": recording_address(page),
                "connect": connect,
                "awaited": not stands,
                "layout": layout,
                "shows": list(shows),
                "sources": sources or {},
                "exports": f"{base}/live",
                "present": session.presenting(),
                "question": question_of(asks) if asks else None,
                "meters": meters,
                "lesson": page if page in NAMES else None,
                "about": load(page).question.column if page in NAMES else None,
                "act": act,
                "labels": labels(),
                "settings_labels": settings_labels(),
            }
        ).encode(),
        on_run_change=(lambda: None) if stands else go_on,
        on_change_change=merge_reported,
    )
    session.keep_run(page, result.run)
    if not session.view_stands(page):
        st.stop()


def saved_run(experiment: Experiment) -> str | None:
    """The preset whose saved run the view begins with, or None. A copy has none, and all members begin at one step."""
    saved = not experiment.differences and not experiment.members and has_picture(experiment.preset)
    return experiment.preset if saved else None


@cache
def labels() -> dict[str, str]:
    """Every word that the canvas shows."""
    words: dict[str, str] = json.loads((VIEW / "labels.en.json").read_text(encoding="utf-8"))
    return words


@cache
def settings_labels() -> dict[str, dict[str, object]]:
    """What a person reads of each setting, and of its choices, as in the table of settings."""
    return {
        name: {"label": row.label, "titles": {written(value): row.title(value) for value in _named(row)}}
        for name, row in TABLE.items()
    }


def _named(row: Setting) -> Sequence[object]:
    """The values of a setting that are read by another name."""
    return (True, False) if row.kind is bool else row.choices
