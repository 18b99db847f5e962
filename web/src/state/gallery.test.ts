import { afterEach, describe, expect, it, vi } from "vitest";

import type { Artifact } from "../api/schema";
import type { Hearer } from "./connection";
import { artifactKey, called, described, joined, places } from "./gallery";

const made = (name: string, run = "r"): Artifact => ({ run_id: run, node_id: "n", sha256: "s", name, media_type: "", size: 1, created: 1 });

/** On a machine that has much else to do. */
const PATIENCE = 60_000;
const until = (holds: () => void): Promise<void> => vi.waitFor(holds, PATIENCE);

afterEach(() => vi.unstubAllGlobals());

describe("the gallery's list", () => {
  it("has each file of a node once, the newest first", () => {
    expect(joined([made("b")], [made("b"), made("a")]).map(({ name }) => name)).toEqual(["b", "a"]);
  });

  it("keeps its order when the traits of what was just made are read", () => {
    const read = [{ ...made("a"), traits: { seed: 7 } }, made("old")];
    expect(described([made("b"), made("a")], read).map(called)).toEqual(["b", "a, seed 7"]);
  });

  it("tells which of how many a picture is, where all are there", () => {
    const items = [made("c"), made("b"), made("a"), made("a", "other"), made("b", "last"), made("a", "last")];
    const told = (isWhole: boolean): readonly (string | undefined)[] => items.map((each) => places(items, isWhole).get(artifactKey(each)));
    expect(told(true)).toEqual(["3 of 3", "2 of 3", "1 of 3", undefined, "2 of 2", "1 of 2"]);
    expect(told(false)).toEqual(["3 of 3", "2 of 3", "1 of 3", undefined, undefined, undefined]);
  });

  it("keeps what is told of while it is read, and then reads its traits", async () => {
    const answers: ((response: Response) => void)[] = [];
    vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => answers.push(resolve)));
    const answer = (items: readonly Artifact[]): void => answers.shift()?.(new Response(JSON.stringify({ items, next: null })));
    let hearer: Hearer = {};
    vi.resetModules();
    vi.doMock("./connection", () => ({ hear: (each: Hearer) => (hearer = each) }));
    const gallery = await import("./gallery");
    const shown = (): readonly string[] => gallery.useGallery.getState().items.map(gallery.called);
    gallery.followGallery();
    hearer.opened?.();
    await until(() => expect(answers.length).toBe(1));
    const { node_id, sha256, name, media_type, size } = made("new");
    const event = { id: 9, run_id: "r", sequence: 1, kind: "artifact", time: 1, node_id, data: { sha256, name, media_type, size } };
    hearer.event?.(event);
    answer([made("old")]);
    await until(() => expect(shown()).toEqual(["new", "old"]));
    await until(() => expect(answers.length).toBe(1));
    answer([{ ...made("new"), traits: { seed: 7 } }, made("old")]);
    await until(() => expect(shown()).toEqual(["new, seed 7", "old"]));
    // What is told once more has not changed.
    hearer.event?.(event);
    expect(shown()).toEqual(["new, seed 7", "old"]);
  }, PATIENCE);
});
