"""What Streamlit itself loads to draw a component and a style sheet, beyond what every page begins with.

It asks for these files only once a script's first elements have arrived. Asked for with the page, they are there by
then. They are found among Streamlit's own files, since their names change with each of its releases; where they cannot
be found, nothing is asked for early.
"""

import re
from functools import cache
from pathlib import Path

import streamlit as st

STATIC = Path(st.__file__).parent / "static"
SCRIPTS = "static/js"
DRAW = ("BidiComponent.*.js", "Html.*.js")
IMPORTED = re.compile(r'(?:\bfrom|\bimport)"\./([^"]+)"')


@cache
def component_modules() -> tuple[str, ...]:
    """Their paths below the address of the app."""
    with_every_page = (STATIC / "index.html").read_text(encoding="utf-8")
    found: list[str] = []
    waiting = [path.name for files in DRAW for path in (STATIC / SCRIPTS).glob(files)]
    while waiting:
        name = waiting.pop()
        if name not in found and name not in with_every_page:
            found.append(name)
            waiting += IMPORTED.findall((STATIC / SCRIPTS / name).read_text(encoding="utf-8"))
    return tuple(f"{SCRIPTS}/{name}" for name in found)
