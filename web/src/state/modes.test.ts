import { beforeEach, describe, expect, it, vi } from "vitest";

import { EMPTY } from "../model/document";
import { txt2img } from "../model/example";
import { openTab, restoreTabs, useDocuments } from "./documents";
import { memory } from "./memory";
import { beginAs, restoreModes, toggleApp, useModes } from "./modes";

const stored = new Map<string, string>();
let width = 390;

beforeEach(() => {
  stored.clear();
  width = 390;
  vi.stubGlobal("localStorage", { getItem: (name: string) => stored.get(name) ?? null, setItem: (name: string, text: string) => stored.set(name, text) });
  vi.stubGlobal("window", { matchMedia: (query: string) => ({ matches: width <= Number(/\d+/.exec(query)?.[0]) }) });
  restoreTabs([{ document: txt2img(), title: "one" }], undefined);
  useModes.setState({ apps: new Set() });
});

describe("on a phone, a graph", () => {
  it("that names inputs is an app at first, and a graph when that is asked for", () => {
    const id = openTab({ document: txt2img() });
    beginAs(id, txt2img());
    expect(useModes.getState().apps).toEqual(new Set([id]));
    toggleApp();
    expect(useModes.getState().apps).toEqual(new Set());
  });

  it("that names none is a graph", () => {
    const unnamed = { ...txt2img(), inputs: EMPTY.inputs };
    beginAs(openTab({ document: unnamed }), unnamed);
    expect(useModes.getState().apps).toEqual(new Set());
  });
});

it("elsewhere a graph is a graph", () => {
  width = 1280;
  beginAs(openTab({ document: txt2img() }), txt2img());
  expect(useModes.getState().apps).toEqual(new Set());
});

it("the next page finds again which were apps, whatever another page remembers", () => {
  toggleApp();
  const { active } = useDocuments.getState();
  memory("nodeflow.apps", (found) => found).put("other", true);
  openTab({ document: EMPTY });
  toggleApp();
  useModes.setState({ apps: new Set() });
  restoreModes();
  expect(useModes.getState().apps).toEqual(new Set([active, "other", useDocuments.getState().active]));
  toggleApp();
  useModes.setState({ apps: new Set() });
  restoreModes();
  expect(useModes.getState().apps).toEqual(new Set([active, "other"]));
});
