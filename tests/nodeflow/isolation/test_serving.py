"""An isolated plugin behind the server: what it breaks is one node of one run, and neither worker nor server."""

from __future__ import annotations

from pathlib import Path

from aiohttp import ClientSession

from tests.nodeflow.server.conftest import Caller, environment, serving

FRAIL = """
import os
from pathlib import Path
from nodeflow import Context, Image, hookimpl, node

@node
def die(how: str) -> int:
    if how == "abort":
        os.abort()
    return 1

@node
def wait(ctx: Context, sign: str) -> int:
    while not Path(sign).exists():
        ctx.progress(0, 1)
    return 1
"""


async def test_a_crash_costs_neither_the_worker_nor_the_run_beside(tmp_path: Path) -> None:
    environ = {**environment(tmp_path), "NODEFLOW_ISOLATED_PLUGINS": "frail"}
    folder = tmp_path / "data" / "plugins"
    folder.mkdir(parents=True)
    (folder / "frail.py").write_text(FRAIL)

    def graph(how: str) -> dict[str, object]:
        return {"nodeflow": 1, "nodes": {"a": {"type": "frail/Die", "values": {"how": how}}}}

    with serving(tmp_path, environ=environ) as server:
        async with ClientSession() as session:
            call = Caller(session, server.url)
            found = (await call("GET", "/v1/plugins")).json["plugins"]
            assert [each["isolated"] for each in found if each["name"] == "frail"] == [True]
            assert (await call.done(graph("live")))["state"] == "succeeded"
            (before,) = (await call("GET", "/v1/queue")).json["workers"]
            run = await call.done(graph("abort"))
            assert (run["state"], run["error"]["code"]) == ("failed", "node_failed")
            assert "the process of plugin 'frail' died of signal 6 (SIGABRT)" in run["error"]["message"]
            assert (await call.done(graph("live again")))["state"] == "succeeded"
            (after,) = (await call("GET", "/v1/queue")).json["workers"]
            assert (after["pid"], after["restarts"]) == (before["pid"], before["restarts"])
            waiting = {"nodeflow": 1, "nodes": {"a": {"type": "frail/Wait", "values": {"sign": str(tmp_path / "no")}}}}
            run_id = (await call.submit(waiting)).json["id"]
            async with session.get(f"{server.url}/v1/runs/{run_id}/events") as stream:
                async for line in stream.content:
                    if line == b"event: node_progress\n":
                        break
            await call("POST", f"/v1/runs/{run_id}/cancel")
            ended = (await call("GET", f"/v1/runs/{run_id}?wait=60")).json
            assert ended["state"] == "cancelled"
