"""The names of a person's own classes reach whoever draws them: in every frame, and in the answer at rest."""

import pytest

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server.answers import rest_of
from server.frame_header import task_of
from tests.moe_core.own_table import DIGEST, classes_table, have


def test_a_tables_classes_have_their_names_in_the_header_and_at_rest(monkeypatch: pytest.MonkeyPatch):
    have(monkeypatch, classes_table(num_classes=3))
    trainer = Trainer(RunConfig.from_settings({"task": "csv", "table": DIGEST}))
    assert task_of(trainer)["class_names"] == ("a", "b", "c")
    assert rest_of(trainer).class_names == ("a", "b", "c")


def test_where_there_are_no_names_none_is_made_up():
    trainer = Trainer(RunConfig.from_settings({"task": "moons"}))
    assert task_of(trainer)["class_names"] is None
    assert rest_of(trainer).class_names is None
