"""Messages from a browser: the contract's own pass, and anything else is refused as a whole."""

import json
import math
from typing import Any

import pytest
from pydantic import ValidationError

from server.message import RUN_ID
from server.protocol import TO_WORKER, UP, Command, FrameRequest, Have, Look

VIEW = "0b8f0f0e-3a52-4c53-9d2e-0c6c6d3f9a10"
HAVE = {"sequence": 5, "run_version": 7, "history_version": 0, "history_rows": 3}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "attach", "view": VIEW, "settings": {"num_experts": 4}, "pretrained": None},
        {"type": "attach", "view": VIEW, "settings": {}, "pretrained": "two-experts-each"},
        {"type": "frame", "have": [], "resolution": 64},
        {"type": "frame", "have": [HAVE], "resolution": 48},
        {"type": "command", "command": "play"},
        {"type": "command", "command": "pace", "pace": "motion"},
        {"type": "configure", "settings": {"learning_rate": 0.1}},
        {"type": "configure", "settings": {}, "others": [{"router": "switch"}, {}, {}]},
        {"type": "attach", "view": VIEW, "settings": {}, "others": [{"learning_rate": 1.0}]},
        {"type": "command", "command": "back", "step": 40},
        {"type": "command", "command": "intervene", "name": "kill", "expert": 3, "member": 1},
        {"type": "command", "command": "intervene", "name": "add", "expert": None},
        {
            "type": "frame",
            "have": [HAVE, HAVE],
            "look": {
                "at": [1, -1e300],
                "sample": None,
                "expert": 2,
                "plain": True,
                "pulls": True,
                "inside": 2,
                "stages": True,
                "logit_offsets": [0.5, -100.0],
                "draw": 3,
                "target": 1,
                "measures": True,
                "then": 500,
            },
        },
        {"type": "restart_kept"},
        {"type": "present"},
    ],
)
def test_messages_of_the_contract(message: dict[str, Any]) -> None:
    parsed = UP.validate_json(json.dumps(message))
    assert message.items() <= json.loads(parsed.encode()).items()


def test_a_message_keeps_its_meaning_on_the_way_to_the_worker() -> None:
    request = FrameRequest(have=[Have(**HAVE)], look=Look(at=[0.5, -1.0], expert=3), resolution=32)
    assert TO_WORKER.validate_json(request.encode()) == request


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "[" * 10_000,
        '{"a":' * 10_000,
        json.dumps({"type": "nonsense"}),
        json.dumps({"type": "play"}),
        json.dumps({"type": "command", "command": "explode"}),
        json.dumps({"type": "command", "command": "pace"}),
        json.dumps({"type": "command", "command": "play", "pace": "max"}),
        json.dumps({"type": "command", "command": "pace", "pace": "ludicrous"}),
        json.dumps({"type": "frame", "have": [{**HAVE, "sequence": -1}], "resolution": 64}),
        json.dumps({"type": "frame", "have": [{**HAVE, "sequence": 2**53}], "resolution": 64}),
        json.dumps({"type": "frame", "have": [{**HAVE, "sequence": "5"}], "resolution": 64}),
        json.dumps({"type": "frame", "have": [{"sequence": 5}], "resolution": 64}),
        json.dumps({"type": "frame", "have": [], "resolution": 10**6}),
        json.dumps({"type": "attach", "view": VIEW, "settings": [], "pretrained": None}),
        json.dumps({"type": "attach", "view": "me", "settings": {}, "pretrained": None}),
        json.dumps({"type": "attach", "view": VIEW, "settings": {}, "pretrained": "../../secret"}),
        json.dumps({"type": "attach", "view": VIEW, "settings": {str(n): n for n in range(65)}, "pretrained": None}),
        json.dumps({"type": "frame", "have": [HAVE] * 5}),
        json.dumps({"type": "frame", "look": {"at": []}}),
        json.dumps({"type": "frame", "look": {"at": [0.0, 1.0, 2.0]}}),
        json.dumps({"type": "frame", "look": {"at": [math.nan, 0.0]}}),
        json.dumps({"type": "frame", "look": {"at": [math.inf]}}),
        '{"type": "frame", "look": {"at": [1e999]}}',
        json.dumps({"type": "frame", "look": {"sample": -1}}),
        json.dumps({"type": "frame", "look": {"sample": 1.5}}),
        json.dumps({"type": "configure", "settings": {}, "others": [{}, {}, {}, {}]}),
        json.dumps({"type": "command", "command": "back"}),
        json.dumps({"type": "command", "command": "play", "step": 3}),
        json.dumps({"type": "command", "command": "intervene", "expert": 3}),
        json.dumps({"type": "command", "command": "intervene", "name": "learning_rate", "expert": 1}),
        json.dumps({"type": "command", "command": "step", "member": 1}),
        json.dumps({"type": "present", "more": 1}),
        json.dumps({"type": "ask"}),
        json.dumps({"type": "end"}),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        UP.validate_json(text)


@pytest.mark.parametrize("run", ["0b8f0f0e-3a52-4c53-9d2e-0c6c6d3f9a10"])
def test_run_id_is_a_random_uuid(run: str) -> None:
    assert RUN_ID.fullmatch(run)


@pytest.mark.parametrize(
    "run",
    [
        "",
        "host",
        "..",
        "0B8F0F0E-3A52-4C53-9D2E-0C6C6D3F9A10",
        "0b8f0f0e-3a52-1c53-9d2e-0c6c6d3f9a10",
        "0b8f0f0e-3a52-4c53-9d2e-0c6c6d3f9a10\n",
        "0b8f0f0e-3a52-4c53-9d2e-0c6c6d3f9a1",
        "0b8f0f0e3a524c539d2e0c6c6d3f9a10",
    ],
)
def test_other_run_ids_are_refused(run: str) -> None:
    assert RUN_ID.fullmatch(run) is None


def test_pace_goes_with_its_command() -> None:
    assert Command(command="pace", pace="max").pace == "max"
    with pytest.raises(ValidationError):
        Command(command="pace")


def test_until_a_step_a_run_can_be_played_and_nothing_else() -> None:
    assert Command(command="play", until=3).until == 3
    with pytest.raises(ValidationError, match="until is given with the command play"):
        Command(command="step", until=3)
