import { describe, expect, it } from "vitest";

import { parse } from "./document";
import { connect, setValue } from "./edit";
import { CATALOGUE, port, txt2img } from "./example";
import { flowing } from "./flowing";
import { converters, fits, path, refusal, takes } from "./typing";

const end = (text: string) => {
  const [node = "", name = ""] = text.split(".");
  return { node, port: name };
};
const why = (from: string, to: string, document = txt2img()) => refusal(document, CATALOGUE, end(from), end(to));

describe("types", () => {
  it.each([
    ["Image", "Image", true],
    ["Image", "Mask", false],
    ["float", "int", true],
    ["int", "float", false],
    ["any", "Latent", true],
    ["Latent", "any", true],
    ["list[Image]", "Image", false],
  ])("%s takes %s: %s", (wanted, given, answer) => expect(takes(wanted, given)).toBe(answer));

  it("let null only where it may be", () => {
    const maybe = port("x", "Image", { nullable: true });
    const sure = port("x", "Image");
    expect([fits(maybe, sure), fits(maybe, maybe), fits(sure, maybe), fits(port("x", "any"), maybe)]).toEqual([true, true, false, true]);
  });

  it("name what makes one of the other, the simplest first", () => {
    expect(converters(CATALOGUE, "Latent", "Image").map(({ name }) => name)).toEqual(["VAEDecode"]);
  });
});

describe("a link", () => {
  it("may be made where the types fit, and in place of another", () => {
    expect(why("checkpoint.vae", "empty.vae")).toBeUndefined();
    expect(why("negative.conditioning", "sample.positive")).toBeUndefined();
  });

  it("is refused with what does not fit, and with what would help", () => {
    expect(why("sample.latent", "save.image")).toBe("Latent does not fit image, which takes Image. Put VAE Decode between them.");
    expect(why("checkpoint.model", "save.image")).toBe("Denoiser does not fit image, which takes Image.");
  });

  it("is refused where it closes a cycle, named from end to end", () => {
    const document = connect(txt2img(), end("save.files"), end("nothing.x"));
    const grown = parse({ nodeflow: 1, nodes: { a: { type: "Reroute" }, b: { type: "Reroute", links: { value: "a.value" }, title: "Second" }, c: { type: "Reroute", links: { value: "b.value" } } } });
    expect(document).toEqual(txt2img());
    expect(why("c.value", "a.value", grown)).toBe("This would close a cycle: Reroute → Second → Reroute → Reroute.");
    expect(why("a.value", "a.value", grown)).toBe("A node cannot feed itself.");
  });

  it("is refused at a node whose type is not there", () => {
    const document = parse({ nodeflow: 1, nodes: { a: { type: "gone/Node", title: "Gone" }, b: { type: "Reroute" } } });
    expect(why("a.x", "b.value", document)).toBe("The type of Gone is not installed.");
  });

  it("is found along ten thousand nodes", () => {
    const nodes = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`n${index}`, { type: "Reroute", links: index === 0 ? {} : { value: `n${index - 1}.value` } }]));
    const document = parse({ nodeflow: 1, nodes });
    expect(path(document, "n0", "n9999")).toHaveLength(10_000);
    expect(path(document, "n9999", "n0")).toBeUndefined();
  });
});

describe("what flows out of a node that passes on", () => {
  it("is what it is given, through as many as there are", () => {
    const nodes = { load: { type: "LoadCheckpoint" }, a: { type: "Reroute", links: { value: "load.vae" } }, b: { type: "Reroute", links: { value: "a.value" } } };
    const document = parse({ nodeflow: 1, nodes });
    expect(flowing(document, CATALOGUE, end("b.value"))).toBe("VAE");
    expect(flowing(setValue(document, end("a.value"), undefined), CATALOGUE, end("b.value"))).toBe("any");
  });

  it("is anything in a circle", () => {
    const nodes = { a: { type: "Reroute", links: { value: "b.value" } }, b: { type: "Reroute", links: { value: "a.value" } } };
    expect(flowing(parse({ nodeflow: 1, nodes }), CATALOGUE, end("a.value"))).toBe("any");
  });
});
