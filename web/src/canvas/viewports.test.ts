import { beforeEach, expect, it, vi } from "vitest";

const stored = new Map<string, string>();

beforeEach(() => {
  stored.clear();
  vi.stubGlobal("localStorage", { getItem: (name: string) => stored.get(name) ?? null, setItem: (name: string, text: string) => stored.set(name, text) });
});

/** A page as it is opened. */
async function opened() {
  vi.resetModules();
  return import("./viewports");
}

it("the next page looks where the last one did", async () => {
  const at = { x: -320, y: 12.5, zoom: 0.8 };
  const { keepViewport, viewportOf } = await opened();
  expect(viewportOf("one")).toBeUndefined();
  keepViewport("one", at);
  const next = await opened();
  expect(next.viewportOf("one")).toEqual(at);
  expect(next.viewportOf("two")).toBeUndefined();
});

it("what is no place to look at is none", async () => {
  stored.set("nodeflow.viewports", JSON.stringify([["one", { x: 0, y: null, zoom: 1 }], 7, ["two"]]));
  const { viewportOf } = await opened();
  expect([viewportOf("one"), viewportOf("two")]).toEqual([undefined, undefined]);
});
