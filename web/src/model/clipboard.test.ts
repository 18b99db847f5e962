import { describe, expect, it } from "vitest";

import { copy, paste } from "./clipboard";
import { dump, EMPTY, parse } from "./document";
import { connect } from "./edit";
import { CATALOGUE, txt2img } from "./example";
import { addGroup, addNote } from "./frames";

const linksOf = (document: ReturnType<typeof txt2img>, id: string) => ({ ...document.nodes[id]?.links });

describe("a copy", () => {
  it("is a document of its own, which text can carry", () => {
    const clip = copy(txt2img(), ["sample", "decode"]);
    expect(Object.keys(clip.nodes)).toEqual(["sample", "decode"]);
    expect(parse(dump(clip))).toEqual(clip);
  });

  it("is pasted with its links inside, and new names", () => {
    const { document, ids } = paste(txt2img(), CATALOGUE, copy(txt2img(), ["sample", "decode"]), [10, 20], false);
    expect(ids).toEqual(["sample_2", "decode_2"]);
    expect(linksOf(document, "decode_2")).toEqual({ latent: "sample_2.latent" });
    expect(linksOf(document, "sample_2")).toEqual({});
    expect(document.layout.places["sample_2"]?.at).toEqual([610, 20]);
    expect(dump(document)["inputs"]).toEqual(dump(txt2img())["inputs"]);
  });

  it("is pasted with the links from outside when asked, as far as they fit", () => {
    const clip = copy(txt2img(), ["sample"]);
    const same = paste(txt2img(), CATALOGUE, clip, [0, 0], true).document;
    expect(linksOf(same, "sample_2")).toEqual(linksOf(same, "sample"));
    const other = parse({ nodeflow: 1, nodes: { checkpoint: { type: "LoadCheckpoint" }, prompt: { type: "EmptyLatent" } } });
    expect(linksOf(paste(other, CATALOGUE, clip, [0, 0], true).document, "sample")).toEqual({ model: "checkpoint.model" });
  });

  it("gives a value back that an outer link had taken the place of", () => {
    const linked = connect(txt2img(), { node: "number", port: "integer" }, { node: "sample", port: "seed" });
    const { document } = paste(EMPTY, CATALOGUE, copy(linked, ["sample"]), [0, 0], false);
    expect({ ...document.nodes["sample"]?.values }).toEqual({ seed: 7 });
  });

  it("may hold groups and notes", () => {
    const { document: grouped, id } = addGroup(txt2img(), [], [0, 0]);
    const noted = addNote(grouped, [50, 50]);
    const pasted = paste(noted.document, CATALOGUE, copy(noted.document, [id, noted.id]), [5, 5], false);
    expect(pasted.ids).toEqual(["$group_2", "$note_2"]);
    expect(pasted.document.layout.notes["$note_2"]?.at).toEqual([55, 55]);
  });

  it("is counted on from where it was counted to", () => {
    const once = paste(txt2img(), CATALOGUE, copy(txt2img(), ["sample"]), [0, 0], false);
    const twice = paste(once.document, CATALOGUE, copy(once.document, ["sample_2"]), [0, 0], false);
    expect(twice.ids).toEqual(["sample_3"]);
  });
});
