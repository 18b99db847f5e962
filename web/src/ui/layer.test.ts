import { describe, expect, it } from "vitest";
import { place } from "./layer";
import { moved, type MenuEntry } from "./menuItems";

const VIEW = { width: 800, height: 600 };
const box = (left: number, top: number, width = 40, height = 20) => ({ left, top, right: left + width, bottom: top + height });

describe("a floating part", () => {
  it("stands below its anchor", () => expect(place(box(100, 100), { width: 200, height: 100 }, VIEW)).toEqual({ left: 100, top: 124 }));
  it("stands above it where there is no room below", () =>
    expect(place(box(100, 550), { width: 200, height: 100 }, VIEW)).toEqual({ left: 100, top: 446 }));
  it("stays within the page", () => {
    expect(place(box(700, 100), { width: 200, height: 100 }, VIEW).left).toBe(592);
    expect(place(box(-50, 100), { width: 200, height: 100 }, VIEW).left).toBe(8);
    expect(place(box(0, 20), { width: 200, height: 590 }, VIEW).top).toBe(8);
  });
  it("stands beside it on the right, or on the left where there is no room", () => {
    expect(place(box(100, 100), { width: 200, height: 100 }, VIEW, "right")).toEqual({ left: 140, top: 100 });
    expect(place(box(700, 100), { width: 200, height: 100 }, VIEW, "right")).toEqual({ left: 500, top: 100 });
  });
});

describe("the keys of a menu", () => {
  const menu: MenuEntry[] = [{ label: "Open" }, "separator", { label: "Save", disabled: true }, { label: "Save as" }, { label: "Export" }];
  it("pass over lines and what cannot be chosen", () => {
    expect(moved(menu, -1, "ArrowDown")).toBe(0);
    expect(moved(menu, 0, "ArrowDown")).toBe(3);
    expect(moved(menu, 3, "ArrowUp")).toBe(0);
  });
  it("go around at the ends", () => {
    expect(moved(menu, 4, "ArrowDown")).toBe(0);
    expect(moved(menu, 0, "ArrowUp")).toBe(4);
    expect(moved(menu, 3, "Home")).toBe(0);
    expect(moved(menu, 0, "End")).toBe(4);
  });
  it("find what begins with a letter", () => {
    expect(moved(menu, 0, "s")).toBe(3);
    expect(moved(menu, 0, "e")).toBe(4);
    expect(moved(menu, 0, "x")).toBeUndefined();
    expect(moved(menu, 0, "Tab")).toBeUndefined();
  });
  it("lead nowhere in a menu where nothing can be chosen", () => expect(moved(["separator"], -1, "ArrowDown")).toBeUndefined());
});
