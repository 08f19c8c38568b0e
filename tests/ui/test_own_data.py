"""Loading a table on a page: a good file becomes what the run learns from; a bad one a sentence and nothing else."""

import pytest
from streamlit.testing.v1 import AppTest

from moe_core import tables
from moe_core.tables import limits
from tests.pages.opened import PLAYGROUND, open_page
from ui.literal import literal
from ui.own_data import ALLOWED, description


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MOE_LAB_TABLES", str(tmp_path))
    return tmp_path


def flowers(rows: int = 60) -> bytes:
    lines = [f"{i % 7},{i * i % 11}.5,{('rose', 'aster', 'lily')[i % 3]}" for i in range(rows)]
    return "\n".join(["length,width,kind", *lines]).encode()


def opened(data: bytes, name: str = "flowers.csv", **query: str) -> AppTest:
    """The Playground with a file in its uploader."""
    app = open_page(PLAYGROUND, **query)
    app.file_uploader(key="playground.own_file").set_value((name, data, "text/csv")).run()
    assert not app.exception
    return app


def target(app: AppTest):
    """The box that asks which column is to be predicted."""
    (box,) = [box for box in app.selectbox if box.label == "Column to predict"]
    return box


def settings(app: AppTest) -> dict[str, object]:
    return app.session_state["playground.experiment"].config.settings()


def test_the_columns_of_a_file_are_offered_and_none_is_chosen():
    box = target(opened(flowers()))
    assert box.options == ["length", "width", "kind"]
    assert box.value is None


def test_a_chosen_column_makes_the_run_learn_from_the_table(folder):
    app = opened(flowers())
    target(app).set_value("kind").run()
    assert not app.exception
    assert not app.warning
    table = tables.describe(str(settings(app)["table"]), folder)
    assert settings(app)["task"] == "csv"
    assert (table.columns, table.classes, table.num_rows) == (("length", "width"), ("aster", "lily", "rose"), 60)
    assert target(app).value == "kind"
    assert description(table) in [text.value for text in app.markdown]
    assert app.query_params["table"] == table.digest


def test_another_column_can_be_chosen_after_it():
    app = opened(flowers())
    target(app).set_value("kind").run()
    first = settings(app)["table"]
    # Words cannot be an input, so the flowers' kind has to go for another column to be the target.
    numbers = flowers().replace(b"rose", b"1").replace(b"aster", b"2").replace(b"lily", b"3")
    app.file_uploader(key="playground.own_file").set_value(("numbers.csv", numbers, "text/csv")).run()
    assert target(app).value is None
    assert settings(app)["table"] == first
    target(app).set_value("width").run()
    assert not app.exception
    assert settings(app)["table"] != first
    assert target(app).value == "width"


def test_a_refused_file_leaves_the_experiment_as_it_was():
    app = opened(flowers())
    before = settings(app)
    target(app).set_value("length").run()
    (warning,) = app.warning
    sentence = 'Column "kind", row 2 holds "rose"; every column but the target may hold numbers only.'
    assert warning.value == literal(sentence)
    assert settings(app) == before
    assert target(app).value is None
    target(app).set_value("kind").run()
    assert not app.warning


def test_a_situation_chosen_later_wins_over_the_file_that_is_still_there():
    app = opened(flowers())
    target(app).set_value("kind").run()
    app.segmented_control(key="playground.widget.preset").set_value("collapse").run()
    assert not app.exception
    assert settings(app)["task"] == "digits"
    assert target(app).value is None


def wide(columns: int) -> bytes:
    return ("\n".join([",".join(f"c{i}" for i in range(columns))] + [",".join("1" * columns)] * 30)).encode()


REFUSED = {
    "empty": b"",
    "spaces": b"  \n ",
    "binary": bytes(range(256)) * 40,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(2000),
    "latin-1": "länge,breite\n1,2\n".encode("latin-1"),
    "wide characters": "a,b\n1,2\n".encode("utf-16"),
    "one column": b"a\n" + b"1\n" * 30,
    "prose": b"Dear reader,\nthis is a letter, and no table.\n" * 5,
    "no header": b"1.5,2\n" * 30,
    "many columns": wide(1000),
    "a million columns": b"c," * 10**6 + b"d\n",
    "over the limit": flowers() + b"\n" * limits.BYTES,
    "markup": b"![x](//x.example/a.png),<b>b</b>,<b>b</b>\n" + b"1,2,3\n" * 30,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_answered_in_one_plain_sentence(name):
    app = opened(REFUSED[name])
    (warning,) = app.warning
    assert warning.value.endswith(literal("."))
    assert "Traceback" not in warning.value
    assert not [box for box in app.selectbox if box.label == "Column to predict"]


BAD_CELLS = {
    "not a number everywhere": b"a,b\n" + b"nan,nan\n" * 30,
    "missing cells": b"a,b\n" + b"1,\n" * 30,
    "infinite": b"a,b\n" + b"inf,1\n2,0\n" * 20,
    "too few rows": b"a,b\n1,2\n",
    "ragged": b"a,b\n" + b"1,2,3\n" * 30,
    "one value": b"a,b\n" + b"1,2\n" * 30,
    "an open quote": b'a,b\n"1,2\n' + b"1,2\n" * 30,
}


@pytest.mark.parametrize("name", BAD_CELLS)
def test_bad_cells_are_answered_in_one_plain_sentence_before_a_column_is_chosen(name):
    app = opened(BAD_CELLS[name])
    (warning,) = app.warning
    assert warning.value.endswith(literal("."))
    assert not [box for box in app.selectbox if box.label == "Column to predict"]
    assert app.run().warning[0].value == warning.value


def test_a_file_is_checked_once(monkeypatch):
    checks: list[bytes] = []
    monkeypatch.setattr(tables, "check_csv", checks.append)
    app = opened(flowers()).run()
    assert not app.exception
    assert checks == [flowers()]


def test_names_in_a_file_are_shown_letter_by_letter(folder):
    data = flowers().replace(b"kind", b"![x](//x.example/a.png)").replace(b"rose", b"<b>rose</b>")
    app = opened(data)
    target(app).set_value("![x](//x.example/a.png)").run()
    assert not app.exception
    said = description(tables.describe(str(settings(app)["table"]), folder))
    assert said in [text.value for text in app.markdown]
    assert literal("![x](//x.example/a.png)") in said
    assert literal("<b>rose</b>") in said


def test_a_table_of_the_address_is_described_without_its_file(folder):
    table = tables.read_csv(flowers(), "kind", folder)
    app = open_page(PLAYGROUND, task="csv", table=table.digest)
    assert not app.exception
    assert description(table) in [text.value for text in app.markdown]


def test_a_table_that_is_gone_is_said_and_its_file_can_be_loaded_again(folder):
    app = opened(flowers())
    target(app).set_value("kind").run()
    table = tables.describe(str(settings(app)["table"]), folder)
    (folder / f"{table.digest}.safetensors").unlink()
    app.file_uploader(key="playground.own_file").clear().run()
    assert not app.exception
    (warning,) = app.warning
    assert "upload its file again" in warning.value
    app.file_uploader(key="playground.own_file").set_value(("flowers.csv", flowers(), "text/csv")).run()
    assert target(app).value is None
    target(app).set_value("kind").run()
    assert not app.exception
    assert not app.warning
    assert tables.describe(table.digest, folder) == table


def test_a_folder_that_cannot_be_made_is_said(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOE_LAB_TABLES", str(tmp_path / "file" / "tables"))
    app = open_page(PLAYGROUND)
    assert not app.exception
    assert any("cannot be made" in warning.value for warning in app.warning)
    assert not app.get("file_uploader")


def test_the_limits_are_stated_before_a_file_is_chosen():
    app = open_page(PLAYGROUND)
    assert ALLOWED in [caption.value for caption in app.caption]
    for number in ("20", "50,000", "64", "5 MB"):
        assert number in ALLOWED
