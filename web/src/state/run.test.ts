import { describe, expect, it } from "vitest";

import type { NodeState, Run, ServerEvent } from "../api/schema";
import { after, current, fraction, isOver, type LiveRun, liveRun } from "./run";

function node(node_id: string, state: NodeState["state"] = "waiting", more: Partial<NodeState> = {}): NodeState {
  return { node_id, type: "KSampler", state, started: null, seconds: null, reason: null, done: null, total: null, warnings: [], ...more };
}

function run(more: Partial<Run> = {}): Run {
  return {
    id: "r",
    state: "running",
    cancelling: false,
    priority: 0,
    position: null,
    name: null,
    tags: [],
    batch: null,
    retry_of: null,
    traits: {},
    attempt: 1,
    created: 100,
    started: 101,
    finished: null,
    seconds: null,
    error: null,
    webhook: null,
    graph: {},
    targets: null,
    nodes: [node("a"), node("b")],
    artifacts: [],
    outputs: {},
    last_event: 10,
    ...more,
  };
}

let number = 10;
function told(kind: string, more: Partial<ServerEvent> = {}): ServerEvent {
  number += 1;
  return { id: number, run_id: "r", sequence: number, kind, time: 200, node_id: null, data: {}, ...more };
}

function following(start: LiveRun, ...events: ServerEvent[]): LiveRun {
  return events.reduce(after, start);
}

describe("a run that is followed", () => {
  it("tells of each node how it goes, to the end", () => {
    const live = following(
      liveRun(run({ state: "queued" })),
      told("run_started", { time: 150 }),
      told("node_cached", { node_id: "a", data: { reason: "memory" } }),
      told("node_started", { node_id: "b", data: { type: "SaveImage" } }),
      told("artifact", { node_id: "b", data: { sha256: "f00", name: "x.png", media_type: "image/png", size: 5 } }),
      told("node_finished", { node_id: "b", data: { seconds: 1.5, reason: "" } }),
      told("run_finished", { time: 160, data: { state: "succeeded", seconds: 10, error: null } }),
    );
    expect(live.nodes["a"]).toMatchObject({ state: "cached", reason: "memory" });
    expect(live.nodes["b"]).toMatchObject({ state: "done", seconds: 1.5 });
    expect(live.artifacts).toMatchObject([{ node_id: "b", sha256: "f00", size: 5, run_id: "r" }]);
    expect(live.summary).toMatchObject({ state: "succeeded", started: 150, finished: 160, seconds: 10 });
    expect(isOver(live.summary)).toBe(true);
    // Its values are not told yet.
    expect(live.settled).toBe(false);
    expect(liveRun(run({ state: "succeeded" })).settled).toBe(true);
  });

  it("takes no event twice, and none of another run", () => {
    const live = liveRun(run());
    expect(after(live, told("node_started", { id: 10, node_id: "a" }))).toBe(live);
    expect(after(live, told("node_started", { run_id: "other", node_id: "a" }))).toBe(live);
  });

  it("says how long a node will take by its pace since it first told any", () => {
    const step = (time: number, done: number): ServerEvent => told("node_progress", { time, node_id: "a", data: { done, total: 20 } });
    const start = following(liveRun(run()), told("node_started", { time: 200, node_id: "a" }));
    const first = following(start, step(210, 1));
    expect(first.nodes["a"]?.progress).toMatchObject({ done: 1, total: 20, left: null });
    const later = following(first, step(212, 5));
    expect(later.nodes["a"]?.progress?.left).toBeCloseTo(7.5);
    // A second pass begins from nothing.
    expect(following(later, step(213, 1)).nodes["a"]?.progress).toMatchObject({ done: 1, left: null });
  });

  it("keeps what a node warns of, each once, until it begins anew on another worker", () => {
    const warning = (node_id: string, message: string): ServerEvent => told("warning", { node_id, data: { message } });
    const begun = following(liveRun(run({ nodes: [node("a", "running", { warnings: ["old"] })] })), told("node_started", { node_id: "b" }));
    const warned = following(begun, warning("a", "new"), warning("a", "old"), warning("b", "hm"), told("node_finished", { node_id: "b" }));
    expect(warned.nodes["a"]?.warnings).toEqual(["old", "new"]);
    expect(warned.nodes["b"]).toMatchObject({ state: "done", warnings: ["hm"] });
    expect(following(warned, told("run_requeued", { data: { attempt: 2 } })).nodes["a"]?.warnings).toEqual([]);
  });

  it("shows previews while a node runs, and none of one that has ended", () => {
    const preview = told("node_preview", { id: null, node_id: "a", data: { media_type: "image/webp", width: 8, height: 6, base64: "QUJD" } });
    const begun = following(liveRun(run()), told("node_started", { node_id: "a" }), preview);
    expect(begun.nodes["a"]?.preview).toEqual({ url: "data:image/webp;base64,QUJD", width: 8, height: 6 });
    const done = following(begun, told("node_finished", { node_id: "a", data: { seconds: 1, reason: "" } }), preview);
    expect(done.nodes["a"]?.preview).toBeNull();
  });

  it("keeps what a node says of its failure", () => {
    const data = { type: "KSampler", message: "cfg is odd", error: "ValueError", input: "cfg", traceback: "Traceback ..." };
    const live = following(liveRun(run()), told("node_failed", { node_id: "a", data }));
    expect(live.nodes["a"]).toMatchObject({ state: "failed", error: { message: "cfg is odd", input: "cfg", traceback: "Traceback ..." } });
  });

  it("has the error of one that failed before it was looked at", () => {
    const error = { code: "node_failed", message: "cfg is odd", node_id: "a", input: "cfg", error: "ValueError", traceback: "T" };
    const live = liveRun(run({ state: "failed", error, nodes: [node("a", "failed", { reason: "ValueError: cfg is odd" })] }));
    expect(live.nodes["a"]?.error).toEqual({ message: "cfg is odd", input: "cfg", error: "ValueError", traceback: "T" });
  });

  it("begins anew when its worker died", () => {
    const live = following(
      liveRun(run()),
      told("node_finished", { node_id: "a", data: { seconds: 1, reason: "" } }),
      told("run_requeued", { data: { reason: "the worker died", attempt: 1 } }),
    );
    expect(live.summary.state).toBe("queued");
    expect(Object.values(live.nodes).map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  });

  it("leaves nothing running when it was cancelled", () => {
    const live = following(
      liveRun(run()),
      told("node_started", { node_id: "a" }),
      told("run_cancelling"),
      told("run_finished", { data: { state: "cancelled", seconds: 1, error: null } }),
    );
    expect(live.summary).toMatchObject({ state: "cancelled", cancelling: false });
    expect(Object.values(live.nodes).map(({ state }) => state)).toEqual(["skipped", "skipped"]);
  });
});

describe("how far a run is", () => {
  it("counts what is done of each node", () => {
    const nodes = [node("a", "cached"), node("b", "running", { done: 5, total: 20 }), node("c"), node("d")];
    const live = liveRun(run({ nodes }));
    expect(fraction(live)).toBeCloseTo(1.25 / 4);
    expect(current(live)?.id).toBe("b");
    expect(fraction(liveRun(run({ state: "failed", nodes })))).toBe(1);
    expect(current(liveRun(run({ nodes: [] })))).toBeNull();
  });
});
