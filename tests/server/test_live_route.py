"""The live route over a real web server: who may come in, and what may be said."""

import asyncio
import json
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.server.conftest import FRIEND
from tests.server.lines import SETTINGS
from tests.server.live_client import LiveClient

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def is_let_in(address: str, run: str, **headers: str) -> bool:
    try:
        async with connect(f"{address}/live/{run}", additional_headers=headers):
            return True
    except InvalidStatus as refused:
        if refused.response.status_code == 403:
            return False
        raise


async def test_origins(address: str, run: str) -> None:
    own = address.replace("ws:", "http:")
    assert await is_let_in(address, run)
    assert await is_let_in(address, run, Origin=own)
    assert await is_let_in(address, run, Origin=FRIEND)
    for foreign in ("https://evil.example", own + "0", own.replace(":", ";"), "null", "http://[", ""):
        assert not await is_let_in(address, run, Origin=foreign)


async def test_same_origin_under_any_name_unless_the_host_is_not_allowed(address: str, run: str) -> None:
    for name, let_in in (("lab.example", True), ("evil.example", False)):
        port = address.rsplit(":", 1)[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        host = name if name == "evil.example" else f"{name}:{port}"
        writer.write(
            (
                f"GET /live/{run} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host.upper()}\r\n"
                "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            ).encode()
        )
        assert (b"101" in await reader.readline()) == let_in
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("run", ["host", "%2e%2e", "0B8F0F0E-3A52-4C53-9D2E-0C6C6D3F9A10", "x" * 2000])
async def test_malformed_run_id(address: str, run: str) -> None:
    assert not await is_let_in(address, run)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("not json", 4400),
        (json.dumps({"type": "frame", "have": [], "resolution": 64}), 4400),
        (json.dumps({"type": "attach", "view": "me", "settings": {}}), 4400),
        (b"\x00\x01", 4400),
        (json.dumps({"type": "present", "padding": "x" * 20_000}), 1009),
    ],
)
async def test_wrong_first_message(address: str, run: str, data: str | bytes, code: int) -> None:
    async with LiveClient(address, run) as client:
        await client.socket.send(data)
        assert await client.close_code() == code


@pytest.mark.parametrize("data", ["{}", '{"type":"command","command":"explode"}', "[" * 5000, b"binary"])
async def test_malformed_message_closes_the_socket_and_leaves_the_run(
    address: str, client: LiveClient, data: str | bytes
) -> None:
    await client.command("step")
    await client.frame_where(lambda header: header["step"] == 1)
    await client.socket.send(data)
    assert await client.close_code() == 4400
    async with LiveClient(address, client.run) as again:
        await again.attach()
        assert (await again.frame())["step"] == 1


async def test_attaching_twice_is_malformed(client: LiveClient) -> None:
    await client.attach()
    assert await client.close_code() == 4400


async def test_bad_settings_leave_the_run_as_it_was(client: LiveClient) -> None:
    await client.command("step")
    before = await client.frame_where(lambda header: header["step"] == 1)
    began = time.monotonic()
    await client.send("configure", settings={"num_experts": 1_000_000, "nonsense": 1})
    problem = await client.message("problem")
    assert time.monotonic() - began < 1.0
    assert "num_experts = 1000000 was refused: it is a whole number from 1 to" in problem["message"]
    assert "nonsense = 1 was refused: no such setting" in problem["message"]
    assert await client.is_silent(0.1)
    client.have = []
    after = await client.frame()
    assert (after["step"], after["settings"]) == (before["step"], before["settings"])


async def test_one_bad_setting_does_not_keep_the_others_back(client: LiveClient) -> None:
    await client.frame()
    await client.send("configure", settings=SETTINGS | {"k": 99, "learning_rate": 0.5})
    assert "k = 99" in (await client.message("problem"))["message"]
    header = await client.frame_where(lambda header: header["settings"]["learning_rate"] == 0.5)
    assert header["settings"]["k"] == SETTINGS["k"]


async def test_bad_settings_at_attach_fall_back_to_the_defaults(address: str, run: str) -> None:
    async with LiveClient(address, run) as client:
        await client.attach({"learning_rate": "<b>", "num_experts": 4})
        header = await client.frame()
        assert client.messages[0]["type"] == "problem"
        assert client.messages[0]["message"].startswith("learning_rate = <b> was refused")
        assert (header["settings"]["num_experts"], header["settings"]["learning_rate"]) == (4, 0.01)
