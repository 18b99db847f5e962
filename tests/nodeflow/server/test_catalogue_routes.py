"""What there is to make graphs of, over HTTP; and the figures and the health of the server."""

from __future__ import annotations

import asyncio
import io

import jsonschema
import pytest
from PIL import Image as Pillow
from prometheus_client.parser import text_string_to_metric_families

from nodeflow.plugins import load_plugins
from tests.nodeflow.server.conftest import ENDS_WITHIN, SUM, Caller


async def test_every_node_type_is_served_once_and_described_in_full(ask: Caller) -> None:
    told = await ask("GET", "/v1/nodes")
    found = {node["name"]: node for node in told.json["nodes"]}
    assert found.keys() >= load_plugins().registry.nodes.keys() | {"acme/Note"}
    assert found["KSampler"] == (await ask("GET", "/v1/nodes/KSampler")).json
    assert (await ask("GET", "/v1/nodes/acme/Note")).json["owner"] == "acme"
    for node in found.values():
        jsonschema.Draft202012Validator.check_schema(node["values"])


async def test_who_knows_the_node_types_is_not_sent_them_again(ask: Caller) -> None:
    for path in ("/v1/nodes", "/v1/nodes/KSampler", "/v1/types"):
        etag = (await ask("GET", path)).headers["ETag"]
        for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
            told = await ask("GET", path, headers={"If-None-Match": known})
            assert (told.status, told.body, told.headers["ETag"]) == (304, b"", etag)
        assert (await ask("GET", path, headers={"If-None-Match": '"other"'})).status == 200


async def test_a_misspelt_node_type_is_told_the_nearest(ask: Caller) -> None:
    told = await ask("GET", "/v1/nodes/KSampel")
    assert told.status == 404
    assert "did you mean 'KSampler'" in told.json["detail"]


async def test_wire_types_have_colours_and_owners(ask: Caller) -> None:
    found = {wire["name"]: wire for wire in (await ask("GET", "/v1/types")).json["types"]}
    assert (found["Image"]["owner"], found["Latent"]["owner"]) == ("nodeflow", "diffusion")
    assert all(wire["color"].startswith("#") for wire in found.values())


async def test_choices_are_searched_and_come_in_pages(ask: Caller) -> None:
    lists = {each["name"]: each for each in (await ask("GET", "/v1/choices")).json["choices"]}
    assert lists["samplers"]["kind"] == "table"
    assert lists["checkpoints"]["kind"] == "files"
    found: list[str] = []
    after = ""
    while True:
        page = (await ask("GET", f"/v1/choices/samplers?limit=3{after}")).json
        found += [choice["name"] for choice in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(found) == lists["samplers"]["count"]
    assert found == sorted(set(found))
    eulers = (await ask("GET", "/v1/choices/samplers?q=EULER")).json["items"]
    assert {choice["name"] for choice in eulers} == {name for name in found if "euler" in name}
    assert (await ask("GET", "/v1/choices/sampler")).status == 404


async def test_models_are_listed_without_saying_where_they_lie(ask: Caller) -> None:
    told = await ask("GET", "/v1/models")
    kinds = {kind["kind"]: kind for kind in told.json["kinds"]}
    assert "nodeflow-scenes.safetensors" in [file["name"] for file in kinds["checkpoints"]["files"]]
    assert b"/models" not in told.body


async def test_a_picture_of_a_model_folder_can_be_looked_at(ask: Caller) -> None:
    told = await ask("GET", "/v1/models/images/picture?name=scene.png&size=whole")
    small = await ask("GET", "/v1/models/images/picture?name=scene.png&size=64")
    sizes = [Pillow.open(io.BytesIO(each.body)).size for each in (told, small)]
    assert (told.status, told.headers["Content-Type"], sizes) == (200, "image/webp", [(128, 128), (64, 64)])
    known = {"If-None-Match": told.headers["ETag"]}
    assert (await ask("GET", "/v1/models/images/picture?name=scene.png&size=whole", headers=known)).status == 304


@pytest.mark.parametrize(
    ("kind", "name", "status", "said"),
    [
        ("images", "scene.pn", 404, "did you mean 'scene.png'"),
        ("images", "../plugin.py", 404, "no file of images"),
        ("pictures", "scene.png", 404, "no file of pictures"),
        ("checkpoints", "nodeflow-scenes.safetensors", 422, "is no picture"),
    ],
)
async def test_only_pictures_of_a_model_folder_are_shown(
    ask: Caller, kind: str, name: str, status: int, said: str
) -> None:
    told = await ask("GET", f"/v1/models/{kind}/picture?name={name}")
    assert (told.status, said in told.json["detail"]) == (status, True)


async def test_plugins_are_listed(ask: Caller) -> None:
    plugins = {plugin["name"]: plugin for plugin in (await ask("GET", "/v1/plugins")).json["plugins"]}
    assert plugins["acme"]["state"] == "loaded"
    assert "acme/Note" in plugins["acme"]["nodes"]


async def test_the_cache_is_shown_and_cleared(ask: Caller) -> None:
    await ask.done(SUM, inputs={"a": 4711})
    kept = (await ask("GET", "/v1/cache")).json
    assert kept["entries"] >= 1
    assert kept["budget"] > kept["bytes"] > 0
    assert (await ask("DELETE", "/v1/cache")).json["entries"] >= 1
    assert (await ask("GET", "/v1/cache")).json["entries"] == 0


async def test_clearing_the_cache_reaches_what_workers_hold_in_memory(ask: Caller) -> None:
    states = []
    for _ in range(2):
        states += [node["state"] for node in (await ask.done(SUM, inputs={"a": 4712}))["nodes"]]
    await ask("DELETE", "/v1/cache")
    states += [node["state"] for node in (await ask.done(SUM, inputs={"a": 4712}))["nodes"]]
    assert states == ["done", "cached", "done"]


async def test_figures_are_as_prometheus_reads_them(ask: Caller) -> None:
    await ask.done(SUM)
    told = await ask("GET", "/metrics")
    assert told.headers["Content-Type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(told.body.decode())}
    values = {name: {str(s.labels): s.value for s in family.samples} for name, family in families.items()}
    assert values["nodeflow_queue_runs"] == {"{}": 0}
    assert values["nodeflow_ended_runs"]["{'state': 'succeeded'}"] >= 1
    assert values["nodeflow_memory_bytes"]["{}"] > 1e6
    assert any("/v1/runs" in labels for labels in values["nodeflow_http_requests"])
    for name in (
        "run_seconds",
        "node_seconds",
        "ended_nodes",
        "worker_restarts",
        "worker_memory_bytes",
        "http_seconds",
    ):
        assert families[f"nodeflow_{name}"].samples, name


async def test_the_server_is_well(ask: Caller) -> None:
    await ask.done(SUM)
    # Where all stood still for some seconds it says so, until the worker has been heard again.
    async with asyncio.timeout(ENDS_WITHIN):
        while (await ask("GET", "/healthz")).json != {"status": "ok", "reasons": []}:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("path", ["/", "/favicon.ico"])
async def test_without_an_editor_there_is_a_page_that_says_so(ask: Caller, path: str) -> None:
    told = await ask("GET", path)
    if path == "/":
        assert (told.status, told.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert b"nodeflow" in told.body
    else:
        assert told.status in (200, 404)
