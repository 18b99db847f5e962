import { describe, expect, it } from "vitest";

import { catalogue } from "./catalogue";
import { connectable } from "./connecting";
import { parse } from "./document";
import { connect } from "./edit";
import { CATALOGUE, port, txt2img } from "./example";
import { portsOf, usedOutputs } from "./ports";
import { record } from "./record";
import { byUse, fitting, search } from "./search";

const names = (query: string) => search(CATALOGUE, query).map(({ name }) => name);

describe("the palette", () => {
  it("finds by name, by parts of it, by initials, by category and by what is said of a node", () => {
    expect(names("KSampler")[0]).toBe("KSampler");
    expect(names("ksam")[0]).toBe("KSampler");
    expect(names("encode").slice(0, 2).toSorted()).toEqual(["TextEncode", "VAEEncode"]);
    expect(names("lc")).toContain("LoadCheckpoint");
    expect(names("sampling")).toEqual(["KSampler"]);
    expect(names("denoise")).toEqual(["KSampler"]);
    expect(names("image color")).toContain("InvertImage");
    expect(names("chkpnt")).toEqual(["LoadCheckpoint"]);
    expect(names("xyzzy")).toEqual([]);
  });

  it("puts of those that begin a word alike the used before the others, and a plugin's last", () => {
    const [sampler] = search(CATALOGUE, "KSampler");
    if (sampler === undefined) throw new Error("the example has changed");
    const named = (name: string, title: string) => ({ ...sampler, name, title });
    const nodes = [sampler, named("far/SampleLatent", "Sample Latent"), named("Sampling", "Compare Sampling"), named("Scale", "Scale Sample")];
    const found = (query: string, uses: Record<string, number> = {}) => search(catalogue(nodes, []), query, undefined, record(Object.entries(uses))).map(({ title }) => title);
    expect(found("sampl", { KSampler: 5 })).toEqual(["KSampler", "Scale Sample", "Compare Sampling", "Sample Latent"]);
    expect(found("sampl", { KSampler: 1, "far/SampleLatent": 2 }).slice(0, 2)).toEqual(["Sample Latent", "KSampler"]);
    expect(found("amp", { KSampler: 5 })[0]).toBe("KSampler");
    expect(found("s")).toEqual(["Scale Sample", "KSampler", "Compare Sampling", "Sample Latent"]);
    expect(found("sample l", { KSampler: 5, Scale: 3 })[0]).toBe("Sample Latent");
  });

  it.each([
    ["(til", "VAE Decode (Tiled)"],
    ["til", "VAE Decode (Tiled)"],
    ["öl", "Ölbild"],
  ])("takes %s for the beginning of a word of %s", (query, title) => {
    const [sampler] = search(CATALOGUE, "KSampler");
    if (sampler === undefined) throw new Error("the example has changed");
    const nodes = [{ ...sampler, name: "Other", title: `X${query}` }, { ...sampler, name: "Meant", title }];
    expect(search(catalogue(nodes, []), query)[0]?.title).toBe(title);
  });

  it("finds a title that is typed in full before those that go on", () => {
    expect(names("vae decode")[0]).toBe("VAEDecode");
    const uses = record([["SetLatentNoiseMask", 2]]);
    expect(search(CATALOGUE, "load lora", undefined, uses)[0]?.name).toBe("LoadLora");
  });

  it("lists everything by category without a word", () => {
    const categories = search(CATALOGUE, "").map(({ category }) => category);
    expect(categories).toEqual(categories.toSorted((a, b) => a.localeCompare(b)));
    expect(categories).toHaveLength(Object.keys(CATALOGUE.nodes).length);
  });

  it("offers only what a loose end can lead to, those of its very type first", () => {
    const out = search(CATALOGUE, "", { side: "output", port: port("vae", "VAE") }).map(({ name }) => name);
    expect(out.slice(0, 3).toSorted()).toEqual(["EmptyLatent", "VAEDecode", "VAEEncode"]);
    expect(out.at(-1)).toBe("Reroute");
    const into = search(CATALOGUE, "", { side: "input", port: port("cfg", "float") }).map(({ name }) => name);
    expect(into.slice(0, 1)).toEqual(["Number"]);
    expect(into).toContain("Integer");
  });

  it("links a loose end to what is called like it, else to what is needed", () => {
    const sampler = CATALOGUE.nodes["KSampler"];
    const upscale = CATALOGUE.nodes["BlendImages"];
    if (sampler === undefined || upscale === undefined) throw new Error("the example has changed");
    expect(fitting(sampler, { side: "output", port: port("negative", "Conditioning") })?.name).toBe("negative");
    expect(fitting(sampler, { side: "output", port: port("conditioning", "Conditioning") })?.name).toBe("positive");
    expect(fitting(sampler, { side: "output", port: port("image", "Image") })).toBeUndefined();
  });
});

describe("what a node can be connected to", () => {
  it("begins with what it still needs", () => {
    const document = parse({ nodeflow: 1, nodes: { load: { type: "LoadCheckpoint" }, empty: { type: "EmptyLatent" }, sample: { type: "KSampler", links: { model: "load.model" } }, other: { type: "LoadCheckpoint" } } });
    const found = connectable(document, CATALOGUE, "sample");
    expect(found[0]).toMatchObject({ from: { node: "empty", port: "latent" }, to: { node: "sample", port: "latent" }, side: "input", linked: false });
    expect(found.at(-1)).toMatchObject({ from: { node: "other", port: "model" }, linked: true });
    expect(found.map(({ from }) => `${from.node}.${from.port}`)).not.toContain("load.model");
  });

  it("leaves out what would close a cycle", () => {
    const found = connectable(txt2img(), CATALOGUE, "empty").map(({ from, to }) => `${from.node}.${from.port} ${to.node}.${to.port}`);
    expect(found).toEqual(["checkpoint.vae empty.vae", "empty.latent decode.latent"]);
    expect(connectable(txt2img(), CATALOGUE, "decode").filter(({ side }) => side === "output")).toEqual([]);
  });
});

describe("what is used often", () => {
  const found = search(CATALOGUE, "");
  const uses = record([
    ["SaveImage", 2],
    ["KSampler", 5],
    ["VAEDecode", 2],
    ["gone/Blur", 9],
  ]);

  it("comes first, and the others as they were", () => {
    const [often, others] = byUse(found, uses, 2);
    const saving = found.find(({ name }) => name === "SaveImage" || name === "VAEDecode");
    expect(often).toEqual([CATALOGUE.nodes["KSampler"], saving]);
    expect(others).toEqual(found.filter((type) => !often.includes(type)));
  });

  it("is nothing where nothing of it was found", () => {
    expect(byUse(search(CATALOGUE, "chkpnt"), uses, 6)).toEqual([[], search(CATALOGUE, "chkpnt")]);
  });
});

describe("the ports that a node is drawn with", () => {
  it("are those of its type, and those that only the document knows", () => {
    const document = connect(
      parse({ nodeflow: 1, nodes: { sample: { type: "KSampler", values: { seed: 1, old: 2 }, links: { gone: "x.y" } }, next: { type: "VAEDecode", links: { latent: "sample.was" } } } }),
      { node: "sample", port: "latent" },
      { node: "next", port: "vae" },
    );
    const node = document.nodes["sample"];
    if (node === undefined) throw new Error("it has gone");
    const ports = portsOf(node, CATALOGUE.nodes["KSampler"], usedOutputs(document, "sample"));
    const shown = (of: readonly { port: { name: string }; stray: boolean }[]) => of.map(({ port: { name }, stray }) => (stray ? `?${name}` : name));
    expect(shown(ports.sockets)).toEqual(["model", "positive", "negative", "latent", "?gone"]);
    expect(shown(ports.values)).toEqual(["seed", "cfg", "?old"]);
    expect(shown(ports.outputs)).toEqual(["latent", "?was"]);
    expect(shown(portsOf(node, undefined, ["was"]).outputs)).toEqual(["?was"]);
  });
});
