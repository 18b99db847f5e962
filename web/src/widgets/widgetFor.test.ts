import { describe, expect, it } from "vitest";
import type { JsonSchema, Port, WidgetHints } from "../model/catalogue";
import { parseColor } from "./ColorWidget";
import { shifted } from "./ListWidget";
import { bringsFiles, pictureIn, pictureName } from "./pictures";
import { initial, isColor, itemOf, withoutNull } from "./schema";
import { drawSeed } from "./seeds";
import { limitsOf } from "./numbers";
import { imageUrl } from "./serverContext";
import { kindOf, widgetFor } from "./widgetFor";

function port(type: string, schema: JsonSchema | null, widget: WidgetHints = {}, more: Partial<Port> = {}): Port {
  return { name: "x", title: "x", type, required: false, schema, widget, ...more };
}

describe("a widget is chosen by the schema alone", () => {
  const cases: [string, Port][] = [
    ["number", port("int", { type: "integer", minimum: 1, maximum: 1000 })],
    ["number", port("float", { type: "number", minimum: 0, maximum: 100 })],
    ["slider", port("float", { type: "number", minimum: 0, maximum: 1 })],
    ["slider", port("float", { type: "number", minimum: 0, maximum: 5 }, { slider: true })],
    ["number", port("float", { type: "number" }, { slider: true })],
    ["seed", port("int", { type: "integer", minimum: 0 }, { seed: true })],
    ["toggle", port("bool", { type: "boolean" })],
    ["enum", port("str", { type: "string", enum: ["a", "b"] })],
    ["enum", port("int", { type: "integer", enum: [1, 2] })],
    ["choice", port("str", { type: "string" }, { choices: "samplers" })],
    ["choice", port("str", { type: "string" }, { files: "checkpoints" })],
    ["image", port("str", { type: "string" }, { files: "images" })],
    ["mask", port("str", { type: "string" }, { files: "images", painted: true })],
    ["text", port("str", { type: "string" })],
    ["longText", port("str", { type: "string" }, { multiline: true, prompt: true })],
    ["color", port("str", { type: "string", pattern: "^#[0-9a-fA-F]{6}$" })],
    ["text", port("str", { type: "string", pattern: "^[a-z]+$" })],
    ["json", port("json", {})],
    ["number", port("int", { anyOf: [{ type: "integer", minimum: 0 }, { type: "null" }] }, {}, { nullable: true })],
  ];
  it.each(cases)("%s", (kind, given) => expect(kindOf(given)).toBe(kind));

  it("and there is none where only a link will do", () => {
    expect(widgetFor(port("Image", null))).toBeUndefined();
    expect(widgetFor({ name: "x", title: "x", type: "Image", required: true })).toBeUndefined();
  });
  it("and it is the same one every time, so that nothing typed is lost", () => {
    const list = port("list[int]", { type: "array", items: { type: "integer" } });
    expect(widgetFor(list)).toBe(widgetFor({ ...list }));
    expect(widgetFor({ ...list, nullable: true })).not.toBe(widgetFor(list));
  });
});

describe("schemas", () => {
  it("are read without their null", () => {
    const open = port("int", { anyOf: [{ type: "integer", maximum: 9 }, { type: "null" }] }, {}, { nullable: true });
    expect(withoutNull(open).schema).toEqual({ type: "integer", maximum: 9 });
  });
  it("say what an item of a list is", () => {
    expect(itemOf(port("list[str]", { type: "array", items: { type: "string" } }))).toMatchObject({ type: "str", schema: { type: "string" } });
  });
  it("give a first value that is allowed", () => {
    expect(initial(port("int", { type: "integer", minimum: 8 }))).toBe(8);
    expect(initial(port("float", { type: "number" }))).toBe(0);
    expect(initial(port("str", { enum: ["a", "b"] }))).toBe("a");
    expect(initial(port("bool", { type: "boolean" }))).toBe(false);
    expect(initial(port("str", { pattern: "^#[0-9a-f]{6}$" }))).toBe("#000000");
    expect(initial(port("json", { type: "object" }))).toEqual({});
    expect(initial(port("list[int]", { type: "array" }))).toEqual([]);
  });
  it("that JavaScript cannot read are texts", () => {
    expect(isColor({ pattern: "^#(?i:[0-9a-f]{6})(?<!x" })).toBe(false);
    expect(isColor({ format: "color" })).toBe(true);
  });
});

it("colours are taken as people write them", () => {
  expect(parseColor("f80")).toBe("#ff8800");
  expect(parseColor(" #FF8800 ")).toBe("#ff8800");
  expect(parseColor("orange")).toBeUndefined();
});

it("items of a list change places", () => {
  expect(shifted([1, 2, 3], 2, 0)).toEqual([3, 1, 2]);
  expect(shifted([1, 2], 0, -1)).toEqual([1, 2]);
  expect(shifted([1, 2], 5, 0)).toEqual([1, 2]);
});

it("seeds are drawn within their limits", () => {
  const limits = limitsOf({ type: "integer", minimum: 0, exclusiveMaximum: 2n ** 64n });
  expect(drawSeed(limits, () => 0.5)).toBe(2 ** 31);
  expect(drawSeed(limitsOf({ type: "integer", maximum: 10 }), () => 0.9)).toBe(10);
});

describe("pictures", () => {
  it("are found among other files", () => {
    const files = [new File([], "a.txt", { type: "text/plain" }), new File([], "b.png", { type: "image/png" })];
    expect(pictureIn({ files: files as unknown as FileList })?.name).toBe("b.png");
    expect(bringsFiles({ types: ["text/plain"] })).toBe(false);
  });
  it("have an address by digest and by name", () => {
    const sha256 = "ab".repeat(32);
    expect(imageUrl(`sha256:${sha256}`, "images", "whole")).toMatch(new RegExp(`/v1/files/${sha256}$`));
    expect(imageUrl("my pictures/a&b.png", "images", "small")).toMatch("/v1/models/images/picture?name=my+pictures%2Fa%26b.png&size=512");
    expect(imageUrl("", "images", "small")).toBeUndefined();
    expect(imageUrl("sha256:beef", "images", "small")).toBeUndefined();
    expect(pictureName(`sha256:${sha256}`)).toBe("Uploaded picture");
  });
});
