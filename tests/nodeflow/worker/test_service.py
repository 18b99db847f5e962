"""The service from end to end, with real workers: what is accepted is carried out, and told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nodeflow.store import Store
from tests.nodeflow.worker.conftest import carried_out, told


async def test_a_run_is_carried_out_and_told_of(start: Any, tmp_path: Path) -> None:
    service = await start()
    document = {
        "nodeflow": 1,
        "nodes": {
            "words": {"type": "naughty/Text", "values": {"value": "hello"}},
            "save": {"type": "naughty/Note", "links": {"text": "words.text"}},
        },
    }
    (run,) = await carried_out(service, document, tags=("a", "b"), name="greeting")
    assert (run.state, run.error, run.attempt, run.name, run.tags) == ("succeeded", None, 1, "greeting", ("a", "b"))
    assert {node.node_id: (node.type, node.state) for node in run.nodes} == {
        "words": ("naughty/Text", "done"),
        "save": ("naughty/Note", "done"),
    }
    (artifact,) = run.artifacts
    assert run.outputs == {
        "save": {"file": {"sha256": artifact.sha256, "name": "note.txt", "media_type": "text/plain", "size": 5}}
    }
    assert Store(tmp_path / "data" / "files").read(artifact.sha256) == b"hello"
    assert (await service.file(artifact.sha256)).media_type == "text/plain"
    assert (await service.artifacts()).items == run.artifacts
    envelopes = await told(service, run.id)
    assert [envelope.kind for envelope in envelopes] == [
        "run_queued",
        "run_started",
        "run_planned",
        "node_started",
        "node_finished",
        "node_started",
        "node_finished",
        "artifact",
        "run_finished",
    ]
    assert [envelope.sequence for envelope in envelopes] == list(range(1, len(envelopes) + 1))
    assert envelopes[-1].data["state"] == "succeeded"
    assert run.last_event == envelopes[-1].id
