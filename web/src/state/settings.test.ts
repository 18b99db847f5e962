import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { followSettings, read, set, useSettings } from "./settings";

const NAME = "nodeflow.settings";
const page = new EventTarget();
const root = { dataset: {} as Record<string, string> };
let stored: string | null;
let unfollow: () => void;

beforeEach(() => {
  stored = null;
  vi.stubGlobal("localStorage", { getItem: () => stored, setItem: (_: string, text: string) => (stored = text) });
  vi.stubGlobal("window", page);
  vi.stubGlobal("document", { documentElement: root });
  unfollow = followSettings();
});

afterEach(() => {
  unfollow();
  vi.unstubAllGlobals();
});

/** Another page stores this. */
function elsewhere(text: string, key = NAME): void {
  if (key === NAME) stored = text;
  page.dispatchEvent(Object.assign(new Event("storage"), { key, newValue: text }));
}

it("are taken as far as they can be used", () => {
  expect(read('{"theme":"dark","count":4,"panelWidth":400}')).toEqual({ theme: "dark", count: 4, panelWidth: 400 });
  for (const text of [null, "", "{", "[]", '{"theme":"pink","count":0,"panelWidth":"x"}']) {
    expect(read(text)).toEqual({ theme: "system", count: 1, panelWidth: 320 });
  }
});

it("of two pages each writes what it changed alone", () => {
  set({ panelWidth: 400 });
  elsewhere('{"theme":"light","count":7,"panelWidth":400,"newer":true}');
  set({ panelWidth: 500 });
  expect(JSON.parse(stored ?? "")).toEqual({ theme: "light", count: 7, panelWidth: 500, newer: true });
});

it("another page's theme is this one's, and its number of runs is not", () => {
  set({ count: 2 });
  elsewhere('{"theme":"dark","count":7}');
  expect(useSettings.getState()).toMatchObject({ theme: "dark", count: 2 });
  expect(root.dataset["theme"]).toBe("dark");
  elsewhere('{"theme":"light"}', "nodeflow.other");
  expect(useSettings.getState().theme).toBe("dark");
  unfollow();
  elsewhere('{"theme":"light"}');
  expect(useSettings.getState().theme).toBe("dark");
});
