import { describe, expect, it } from "vitest";

import { type Document, dump, EMPTY, type End } from "./document";
import { addNode, connect, disconnect, freshId, move, rename, setValue, setWidth, toggleCollapsed, toggleMode } from "./edit";
import { CATALOGUE, txt2img } from "./example";
import { record } from "./record";
import { remove, removeJoining, removeLinks, removeLinksFrom } from "./removal";

const end = (node: string, port: string): End => ({ node, port });
const linksOf = (document: Document, id: string) => ({ ...document.nodes[id]?.links });
const valuesOf = (document: Document, id: string) => ({ ...document.nodes[id]?.values });

describe("adding a node", () => {
  it("gives it an id of its own, a place, and what there is to choose where it has no default", () => {
    const { document, id } = addNode(EMPTY, CATALOGUE, "LoadCheckpoint", [10, 20]);
    expect(id).toBe("load_checkpoint");
    expect(dump(document)).toEqual({
      nodeflow: 1,
      nodes: { load_checkpoint: { type: "LoadCheckpoint", values: { checkpoint: "sd15.safetensors" } } },
      layout: { load_checkpoint: [10, 20] },
    });
    expect(addNode(document, CATALOGUE, "LoadCheckpoint", [0, 0]).id).toBe("load_checkpoint_2");
  });

  it.each([
    ["KSampler", "ksampler"],
    ["acme/SharpenMore", "sharpen_more"],
    ["VAEDecode", "vaedecode"],
    ["x/ä", "node"],
    [`A${"b".repeat(90)}`, `a${"b".repeat(55)}`],
  ])("makes an id of %s", (type, id) => expect(freshId(record(), type)).toBe(id));
});

describe("links and values", () => {
  it("take each other's place, and the value comes back", () => {
    const before = txt2img();
    const linked = connect(before, end("number", "integer"), end("sample", "seed"));
    expect(valuesOf(linked, "sample")).toEqual({});
    expect(linksOf(linked, "sample")["seed"]).toBe("number.integer");
    expect({ ...linked.inputs }).toEqual({ prompt: "prompt.text" });
    const again = disconnect(linked, end("sample", "seed"));
    expect(again.nodes).toEqual(before.nodes);
    expect(dump(again)["layout"]).toEqual(dump(before)["layout"]);
  });

  it("a value that is given takes the link away", () => {
    const linked = connect(txt2img(), end("number", "integer"), end("sample", "seed"));
    const given = setValue(linked, end("sample", "seed"), 9);
    expect([valuesOf(given, "sample"), linksOf(given, "sample")["seed"]]).toEqual([{ seed: 9 }, undefined]);
  });

  it("nothing changes where there is nothing to change", () => {
    const document = txt2img();
    expect(connect(document, end("decode", "image"), end("save", "image"))).toBe(document);
    expect(disconnect(document, end("save", "prefix"))).toBe(document);
    expect(setValue(document, end("sample", "seed"), 7)).toBe(document);
    expect(setValue(document, end("nobody", "seed"), 7)).toBe(document);
    expect(rename(document, "save", "")).toBe(document);
    expect(move(document, record([["save", [1200, 0]]]))).toBe(document);
  });

  it("a value that is taken away leaves the default", () => {
    expect(valuesOf(setValue(txt2img(), end("sample", "seed"), undefined), "sample")).toEqual({});
  });

  it("never change the document they begin with", () => {
    const before = txt2img();
    const text = JSON.stringify(dump(before));
    connect(before, end("a", "b"), end("sample", "seed"));
    remove(before, ["sample"]);
    toggleMode(before, ["save"], "muted");
    expect(JSON.stringify(dump(before))).toBe(text);
  });
});

describe("how a node is drawn", () => {
  it("is renamed, and has its type's name again without one", () => {
    const named = rename(txt2img(), "save", "The end");
    expect(named.nodes["save"]?.title).toBe("The end");
    expect(rename(named, "save", "")).toEqual(txt2img());
  });

  it("is muted or bypassed, one in place of the other, and active again", () => {
    const ids = ["prompt", "negative"];
    const muted = toggleMode(txt2img(), ids, "muted");
    const bypassed = toggleMode(muted, ["prompt"], "bypassed");
    expect(ids.map((id) => bypassed.layout.places[id]?.mode)).toEqual(["bypassed", "muted"]);
    expect(ids.map((id) => toggleMode(bypassed, ids, "muted").layout.places[id]?.mode)).toEqual(["muted", "muted"]);
    expect(toggleMode(muted, ids, "muted")).toEqual(txt2img());
  });

  it("is folded, made wider and moved, also one that had no place yet", () => {
    const bare = { ...txt2img(), layout: EMPTY.layout };
    const changed = setWidth(toggleCollapsed(move(bare, record([["save", [5, 6]]])), ["save"]), "save", 320);
    expect(changed.layout.places["save"]).toEqual({ at: [5, 6], collapsed: true, width: 320 });
    expect(move(bare, record([["nobody", [5, 6]]]))).toBe(bare);
  });
});

describe("removing", () => {
  it("takes the links and named inputs of a node along", () => {
    const left = remove(txt2img(), ["sample"]);
    expect(linksOf(left, "decode")).toEqual({ vae: "checkpoint.vae" });
    expect({ ...left.inputs }).toEqual({ prompt: "prompt.text" });
    expect("sample" in left.layout.places).toBe(false);
  });

  it("gives back a value that a link from the node had taken the place of", () => {
    const { document, id } = addNode(txt2img(), CATALOGUE, "Integer", [0, 0]);
    const linked = connect(document, end(id, "integer"), end("sample", "seed"));
    expect(valuesOf(remove(linked, [id]), "sample")).toEqual({ seed: 7 });
  });

  it("joins the ends where types fit: a LoRA between model and sampler", () => {
    let document = addNode(txt2img(), CATALOGUE, "LoadLora", [0, 0]).document;
    document = connect(document, end("checkpoint", "model"), end("load_lora", "model"));
    document = connect(document, end("checkpoint", "text_encoder"), end("load_lora", "text_encoder"));
    document = connect(document, end("load_lora", "model"), end("sample", "model"));
    document = connect(document, end("load_lora", "text_encoder"), end("prompt", "text_encoder"));
    expect(removeJoining(document, CATALOGUE, ["load_lora"])).toEqual(txt2img());
  });

  it("joins across several, and leaves what cannot be joined", () => {
    const left = removeJoining(txt2img(), CATALOGUE, ["sample", "empty"]);
    expect(linksOf(left, "decode")).toEqual({ vae: "checkpoint.vae" });
    const joined = removeJoining(txt2img(), CATALOGUE, ["sample"]);
    expect(linksOf(joined, "decode")).toEqual({ latent: "empty.latent", vae: "checkpoint.vae" });
  });

  it("takes links away: single ones, or all out of an output", () => {
    expect(linksOf(removeLinks(txt2img(), [end("decode", "vae")]), "decode")).toEqual({ latent: "sample.latent" });
    const bare = removeLinksFrom(txt2img(), end("checkpoint", "text_encoder"));
    expect([linksOf(bare, "prompt"), linksOf(bare, "negative")]).toEqual([{}, {}]);
  });
});
