import { beforeEach, describe, expect, it } from "vitest";

import { setValue } from "../model/edit";
import { txt2img } from "../model/example";
import { activate, activeTab, closeTab, edit, isChanged, markSaved, newTab, nextSteps, openTab, redo, restoreTabs, undo, useDocuments } from "./documents";

const seeded = (seed: number) => edit("Set seed", (document) => setValue(document, { node: "sample", port: "seed" }, seed));
const seed = () => activeTab().document.nodes["sample"]?.values["seed"];

beforeEach(() => restoreTabs([{ document: txt2img(), title: "one" }], undefined));

describe("the document in front", () => {
  it("is changed, and changed back", () => {
    seeded(1);
    seeded(2);
    expect([seed(), isChanged(activeTab()), nextSteps(activeTab())]).toEqual([2, true, { undo: "Set seed", redo: undefined }]);
    expect([undo(), undo(), undo()]).toEqual(["Set seed", "Set seed", undefined]);
    expect([seed(), isChanged(activeTab())]).toEqual([7, false]);
    expect([redo(), seed()]).toEqual(["Set seed", 1]);
  });

  it("has no step where nothing changed", () => {
    seeded(7);
    expect(undo()).toBeUndefined();
  });

  it("is saved as it was when saving began", () => {
    seeded(1);
    const sent = activeTab().document;
    seeded(2);
    markSaved(activeTab().id, "name", "etag", sent);
    expect([activeTab().title, activeTab().etag, isChanged(activeTab())]).toEqual(["name", "etag", true]);
    undo();
    expect(isChanged(activeTab())).toBe(false);
  });
});

describe("tabs", () => {
  it("keep their own history", () => {
    seeded(1);
    const first = activeTab().id;
    openTab({ document: txt2img(), title: "two" });
    expect(undo()).toBeUndefined();
    activate(first);
    expect(undo()).toBe("Set seed");
  });

  it("open in place of an empty one, and beside any other", () => {
    newTab();
    const { tabs } = useDocuments.getState();
    openTab({ document: txt2img(), title: "three" });
    expect(useDocuments.getState().tabs.map(({ title }) => title)).toEqual(["one", "three"]);
    expect(tabs).toHaveLength(2);
  });

  it("close, with the next one in front, and never are none", () => {
    const first = activeTab().id;
    openTab({ document: txt2img(), title: "two" });
    const second = activeTab().id;
    closeTab(second);
    expect(activeTab().id).toBe(first);
    closeTab(first);
    expect(activeTab()).toMatchObject({ title: "Untitled", name: null });
    activate("nobody");
    expect(useDocuments.getState().tabs).toHaveLength(1);
  });
});
