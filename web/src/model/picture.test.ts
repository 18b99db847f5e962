import { expect, it } from "vitest";
import { catalogue, type NodeType, type Port } from "./catalogue";
import { parse } from "./document";
import { pictureUnder } from "./picture";

const port = (name: string, type: string, more: Partial<Port> = {}): Port => ({ name, type, title: name, required: false, ...more });
const type = (name: string, inputs: Port[], outputs: Port[]): NodeType => ({
  name, title: name, category: "", description: "", version: 1, owner: "", output: false, inputs, outputs,
});
const file = { schema: { type: "string" }, widget: { files: "images" } };
const CATALOGUE = catalogue(
  [
    type("Load", [port("image", "str", file)], [port("image", "Image")]),
    type("LoadMask", [port("image", "str", { ...file, widget: { files: "images", painted: true } })], [port("mask", "Mask")]),
    type("Resize", [port("image", "Image")], [port("image", "Image")]),
    type("Blend", [port("base", "Image"), port("top", "Image"), port("mask", "Mask")], [port("image", "Image")]),
  ],
  [],
);
const AREA = { node: "area", port: "image" };
const load = (image: string) => ({ type: "Load", values: { image } });

it("a mask is painted over the picture that it meets, at the node that is nearest", () => {
  const document = parse({
    nodeflow: 1,
    nodes: {
      other: load("other.png"),
      far: load("far.png"),
      near: load("near.png"),
      area: { type: "LoadMask", values: { image: "mask.png" } },
      smaller: { type: "Resize", links: { image: "far.image" } },
      smallest: { type: "Resize", links: { image: "smaller.image" } },
      small: { type: "Resize", links: { image: "near.image" } },
      first: { type: "Blend", links: { base: "small.image", mask: "area.mask" } },
      second: { type: "Blend", links: { base: "first.image", top: "smallest.image", mask: "area.mask" } },
    },
  });
  expect(pictureUnder(document, CATALOGUE, AREA)?.value).toBe("near.png");
});

it("without a link it is any picture, but no mask and none that is not chosen yet", () => {
  const document = parse({
    nodeflow: 1,
    nodes: {
      area: { type: "LoadMask" },
      another: { type: "LoadMask", values: { image: "mask.png" } },
      open: { type: "Load" },
      picture: load("a.png"),
      strange: { type: "Gone", values: { image: "b.png" } },
    },
  });
  expect(pictureUnder(document, CATALOGUE, AREA)).toEqual({ kind: "images", value: "a.png" });
  expect(pictureUnder(parse({ nodeflow: 1, nodes: {} }), CATALOGUE, AREA)).toBeUndefined();
});
