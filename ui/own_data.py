"""A person's own table: a CSV file, then the column to predict, and the page's run learns from it.

No more than the file's header is parsed here. Its cells are read in a process of their own (see moe_core/tables): once
when it comes, so that what is wrong with it is said at once, and again for the column that is chosen.
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from moe_core import tables
from moe_core.config.task import CsvConfig
from moe_core.tables import Table, TableError, limits
from moe_core.tables.table import digest_of
from ui import session
from ui.experiment import Experiment
from ui.literal import literal

EXTENSIONS = ("csv", "tsv", "txt")

MEBIBYTES = -(-limits.BYTES // 2**20)
"""What the uploader takes, in its own unit. What is over the limit all the same is refused when its header is read."""

ALLOWED = (
    f"A header and {limits.FEWEST_ROWS} to {limits.ROWS:,} rows of {limits.FEWEST_COLUMNS} to {limits.COLUMNS} "
    f"columns, in UTF-8, at most {limits.BYTES // 10**6} MB. Every column but the one to predict holds numbers, and "
    f"nothing is missing. A column of words, or of at most {limits.CLASSES} different whole numbers, is predicted as "
    "classes; any other as a number."
)

SITUATION = "own-data"

REFUSAL = "table_refusal"
CHECKED = "table_checked"


@dataclass(frozen=True)
class Refusal:
    """Why a file made no table, or nothing: said as long as that file is there."""

    file: str
    sentence: str


def own_data(page: str, experiment: Experiment) -> None:
    """Draw the part of a page that loads a CSV file: open in the situation that is about own data, and when the run
    learns from a table; else to be opened."""
    task = experiment.config.task
    digest = task.table if isinstance(task, CsvConfig) else ""
    opened = bool(digest) or experiment.preset == SITUATION
    with st.expander("Own data: load a CSV file", expanded=opened, key=f"{page}.own_data"):
        try:
            folder = tables.folder()
        except TableError as error:
            st.warning(literal(str(error)))
            return
        # What became of a file stands beside it, or on a phone right below it.
        here, beside = st.columns(2, gap="medium")
        kept_in = f"A copy of the table is kept in {folder} on the machine that serves this page."
        file = here.file_uploader(
            "A table to learn from",
            EXTENSIONS,
            max_upload_size=MEBIBYTES,
            key=f"{page}.own_file",
            help=literal(f"{ALLOWED} {kept_in}"),
        )
        with beside:
            table = _described(digest, folder) if digest else None
            _say(page, file.file_id if file else None, table)
            if file is not None:
                _target(page, file.file_id, file.getvalue(), table if isinstance(table, Table) else None)
        st.caption(ALLOWED)


def description(table: Table) -> str:
    """What the run learns from, in one sentence of Markdown that shows names letter by letter."""
    kind = "a number" if table.classes is None else f"one of {len(table.classes)} classes: {', '.join(table.classes)}"
    inputs = "1 column" if table.num_inputs == 1 else f"{table.num_inputs} columns"
    return literal(f"The run learns from {table.num_rows:,} rows: {inputs} to predict {table.target}, {kind}.")


def _described(digest: str, folder: Path) -> Table | TableError:
    """The table that the run learns from, or what became of it."""
    try:
        return tables.describe(digest, folder)
    except TableError as error:
        return error


def _say(page: str, file: str | None, table: Table | TableError | None) -> None:
    """What the run learns from; and why the file that is there made no table, where it did not."""
    refusal = session.kept(page, REFUSAL)
    if isinstance(refusal, Refusal) and refusal.file == file:
        st.warning(literal(refusal.sentence))
    if isinstance(table, TableError):
        st.warning(literal(str(table)))
    elif table is not None:
        st.markdown(description(table))


def _target(page: str, file: str, data: bytes, table: Table | None) -> None:
    """The columns of the file, for a person to say which one is to be predicted; or why there are none."""
    try:
        columns = tables.read_header(data)
    except TableError as error:
        st.warning(literal(str(error)))
        return
    if _target_in_use(data, columns, table) is None and (wrong := _wrong_with(page, file, data)):
        st.warning(literal(wrong))
        return

    def choose(target: object) -> None:
        if isinstance(target, str):
            _load(page, file, data, target)

    target = _target_in_use(data, columns, table)
    bound = session.bound(page, f"target.{file}", target, choose)
    st.selectbox(
        "Column to predict",
        columns,
        index=None if target is None else columns.index(target),
        placeholder="Choose a column",
        help="All other columns are what it is predicted from. Choosing restarts the run.",
        **bound,
    )


def _wrong_with(page: str, file: str, data: bytes) -> str:
    """Why the file makes no table whichever column is chosen, or nothing. It is read once.

    Nothing is drawn meanwhile: it would stand before the list of columns once, and the list would be built anew.
    """
    checked = session.kept(page, CHECKED)
    if not isinstance(checked, Refusal) or checked.file != file:
        sentence = ""
        try:
            tables.check_csv(data)
        except TableError as error:
            sentence = str(error)
        checked = Refusal(file, sentence)
        session.keep(page, CHECKED, checked)
    return checked.sentence


def _target_in_use(data: bytes, columns: tuple[str, ...], table: Table | None) -> str | None:
    """The column of this file that the run predicts, or None when it learns from something else."""
    if table is None or table.target not in columns:
        return None
    return table.target if digest_of(data, table.target) == table.digest else None


def _load(page: str, file: str, data: bytes, target: str) -> None:
    """Read the file, keep it as a table, and go on with an experiment that learns from it."""
    session.keep(page, REFUSAL, None)
    try:
        table = tables.read_csv(data, target, tables.folder())
    except TableError as error:
        session.keep(page, REFUSAL, Refusal(file, str(error)))
        return
    experiment = session.current_experiment(page).merged({"task": "csv", "table": table.digest})
    session.change_experiment(page, experiment)
