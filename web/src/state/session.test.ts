import { describe, expect, it } from "vitest";

import { EMPTY, parse } from "../model/document";
import { started } from "../model/history";
import type { Tab } from "./documents";
import { isSession, kept, latest, newest, parsed, type Session, tabsOf } from "./session";

const GRAPH = parse({ nodeflow: 1, nodes: { a: { type: "KSampler", values: { seed: 2n ** 64n - 1n } } } });

function tab(id: string, parts: Partial<Tab> = {}): Tab {
  return { id, title: id, name: null, etag: null, document: GRAPH, saved: GRAPH, history: started(), ...parts };
}

describe("a session", () => {
  it("gives the tabs back as they were, also what is not saved", () => {
    const state = { active: "b", tabs: [tab("a"), tab("b", { name: "graph", etag: "e1", saved: EMPTY })] };
    const session: unknown = JSON.parse(JSON.stringify(kept("s", 5, state)));
    expect(isSession(session)).toBe(true);
    const [first, second] = tabsOf(session as Session);
    expect(first?.document).toBe(first?.saved);
    expect(first?.document?.nodes["a"]?.values["seed"]).toBe(2n ** 64n - 1n);
    expect(second).toMatchObject({ id: "b", name: "graph", etag: "e1", saved: EMPTY });
  });

  it("leaves out a tab that cannot be read", () => {
    const session = kept("s", 5, { active: "a", tabs: [tab("a"), tab("b")] });
    const damaged = { ...session, tabs: session.tabs.map((each) => (each.id === "a" ? { ...each, document: "{" } : each)) };
    expect(tabsOf(damaged).map(({ id }) => id)).toEqual(["b"]);
  });

  it("is the one that was kept last, wherever that was", () => {
    const [first, last, other] = [kept("s", 1, { active: "a", tabs: [] }), kept("s", 2, { active: "b", tabs: [] }), kept("t", 1, { active: "", tabs: [] })];
    expect(newest([last, first, other]).map(({ id, at }) => [id, at])).toEqual([
      ["s", 2],
      ["t", 1],
    ]);
    expect(parsed(JSON.stringify(last))).toEqual([last]);
    for (const text of [null, "", "{", "{}", '{"id":1}']) expect(parsed(text)).toEqual([]);
  });

  it("is taken up by the next page, unless one has it open", () => {
    const sessions = [1, 3, 2].map((at) => ({ ...kept(`s${at}`, at, { active: "", tabs: [] }) }));
    expect(latest(sessions, new Set())?.id).toBe("s3");
    expect(latest(sessions, new Set(["s3"]))?.id).toBe("s2");
    expect(latest(sessions, new Set(["s1", "s2", "s3"]))).toBeUndefined();
  });
});
