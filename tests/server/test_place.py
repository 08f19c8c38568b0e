"""The private folder: nobody else's, and the same one for a restarted server."""

import os
import tempfile
from pathlib import Path

import pytest

from moe_core import checkpoint
from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server.place import Place, PlaceError, place_of

RUN = "0b8f0f0e-3a52-4c53-9d2e-0c6c6d3f9a10"


def test_folder_is_private_and_made_once(tmp_path: Path) -> None:
    place = Place(tmp_path / "m")
    place.prepare()
    place.prepare()
    assert place.folder.stat().st_mode & 0o777 == 0o700


def test_folder_is_keyed_by_user_and_port() -> None:
    assert place_of(8501) == place_of(8501) != place_of(8502)
    assert str(os.getuid()) in place_of(8501).folder.name


def test_folder_that_others_can_open_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path / "m")
    place.folder.mkdir()
    place.folder.chmod(0o755)
    with pytest.raises(PlaceError, match="has the mode 755, and only 700 is private"):
        place.prepare()


def test_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path / "m")
    place.prepare()
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(PlaceError, match="belongs to another user"):
        place.prepare()


def test_link_and_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(PlaceError, match="is not a folder"):
        Place(tmp_path / "link").prepare()
    (tmp_path / "file").touch()
    with pytest.raises(PlaceError, match="is not a folder"):
        Place(tmp_path / "file").prepare()


def test_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="Set TMPDIR to a shorter folder"):
        Place(tmp_path / ("x" * 100)).prepare()


def test_usual_paths_are_short_enough_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T")
    assert len(str(place_of(65535).worker_socket(RUN))) < 100


def test_kept_step_is_read_without_the_run(place: Place) -> None:
    assert place.kept_step(RUN) is None
    trainer = Trainer(RunConfig())
    trainer.step()
    checkpoint.save(trainer, place.kept(RUN))
    assert place.kept_step(RUN) == 1
    place.kept(RUN).write_bytes(b"no such thing")
    assert place.kept_step(RUN) is None
