import { describe, expect, it } from "vitest";

import { type Document, dump, parse } from "./document";
import { toggleMode } from "./edit";
import { CATALOGUE, txt2img } from "./example";
import { needed } from "./needed";

const nodesOf = (document: Document) => Object.keys(document.nodes);

/** Text to image, with a node beside it that is not finished, and a picture turned that nobody saves. */
function loose(): Document {
  const nodes = {
    ...(dump(txt2img())["nodes"] as object),
    second: { type: "KSampler", values: { seed: 1 } },
    invert: { type: "InvertImage", links: { image: "decode.image" } },
  };
  return parse({ nodeflow: 1, nodes, inputs: { seed: "sample.seed", other: "second.seed" } });
}

describe("what is wanted of a graph", () => {
  it("is all of it where all of it leads to an output", () => {
    const document = txt2img();
    expect(needed(document, CATALOGUE)).toBe(document);
  });

  it("is nothing that leads nowhere; a file brings it back", () => {
    const document = loose();
    const sent = needed(document, CATALOGUE);
    expect(nodesOf(sent)).toEqual(nodesOf(txt2img()));
    expect(sent.inputs).toEqual({ __proto__: null, seed: "sample.seed" });
    const back = parse(dump(sent));
    expect(new Set(nodesOf(back))).toEqual(new Set(nodesOf(document)));
    expect(back.inputs).toEqual(document.inputs);
    expect(back.nodes["invert"]?.links).toEqual(document.nodes["invert"]?.links);
  });

  it("is what those nodes are fed by that are asked for", () => {
    expect(nodesOf(needed(loose(), CATALOGUE, ["prompt"]))).toEqual(["checkpoint", "prompt"]);
    expect(nodesOf(needed(loose(), CATALOGUE, ["second"]))).toEqual(["second"]);
  });

  it("is all of it where it has no output, and whatever is of a type that is not there", () => {
    const bare = parse({ nodeflow: 1, nodes: { seed: { type: "Seed" }, second: { type: "KSampler" } } });
    expect(needed(bare, CATALOGUE)).toBe(bare);
    const strange = parse({ nodeflow: 1, nodes: { ...(dump(loose())["nodes"] as object), gone: { type: "gone/Blur", links: { picture: "invert.image" } } } });
    expect(nodesOf(needed(strange, CATALOGUE))).toEqual(nodesOf(strange).filter((id) => id !== "second"));
  });

  it("leaves out what is muted, too", () => {
    const sent = needed(toggleMode(loose(), ["negative"], "muted"), CATALOGUE, ["prompt"]);
    expect(nodesOf(sent)).toEqual(["checkpoint", "prompt"]);
    expect(new Set(nodesOf(parse(dump(sent))))).toEqual(new Set(nodesOf(loose())));
  });
});
