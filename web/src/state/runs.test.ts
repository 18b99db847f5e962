import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Artifact, Run, RunSummary, ServerEvent } from "../api/schema";
import { record } from "../model/record";

/** A run as the server tells it. */
function run(id: string, more: Partial<Run> = {}): Run {
  const node = { node_id: "a", type: "Seed", state: "waiting", started: null, seconds: null, reason: null, done: null, total: null, warnings: [] } as const;
  const summary = { id, state: "queued", cancelling: false, priority: 0, position: 1, name: null, tags: [], traits: {}, batch: null, retry_of: null, attempt: 0 } as const;
  const times = { created: 1, started: null, finished: null, seconds: null, error: null, webhook: null } as const;
  const graph = { nodes: { a: { type: "Seed", values: { value: 7 } } } };
  return { ...summary, ...times, graph, targets: null, nodes: [node], artifacts: [], outputs: {}, last_event: 5, ...more };
}

function picture(run_id: string): Artifact {
  return { run_id, node_id: "a", sha256: "0", name: "a.png", media_type: "image/png", size: 1, created: 1 };
}

interface Asked {
  method: string;
  path: string;
  key: string | null;
}

/** A server that answers so; a function is called for each request. */
function serve(answers: Readonly<Record<string, () => unknown>>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit = {}) => {
    const path = new URL(url).pathname;
    asked.push({ method: init.method ?? "GET", path, key: new Headers(init.headers).get("Idempotency-Key") });
    const answer = answers[`${init.method ?? "GET"} ${path}`]?.();
    if (answer === undefined) return Promise.reject(new TypeError("refused"));
    return Promise.resolve(answer instanceof Response ? answer : new Response(JSON.stringify(answer)));
  });
  return asked;
}

function event(id: number, kind: string, data: Record<string, unknown> = {}, run_id = "r"): ServerEvent {
  return { id, run_id, sequence: id, kind, time: id, node_id: kind.startsWith("node") ? "a" : null, data };
}

/** The stores, as new; what is told is told to those who listen. */
async function begun(): Promise<{ runs: typeof import("./runs"); tell: (event: ServerEvent) => void; end: () => void }> {
  vi.resetModules();
  const hearers: { event?(event: ServerEvent): void }[] = [];
  vi.doMock("./connection", () => ({
    hear: (hearer: { event?(event: ServerEvent): void }) => {
      hearers.push(hearer);
      return () => hearers.splice(0);
    },
    lastHeard: () => null,
    restartStream: () => undefined,
  }));
  const runs = await import("./runs");
  const end = runs.followRuns(["doc", "other"]);
  return { runs, tell: (told) => hearers.forEach((each) => each.event?.(told)), end };
}

const stored = new Map<string, string>();

beforeEach(() => {
  stored.clear();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, text: string) => stored.set(name, text),
  });
});

afterEach(() => vi.unstubAllGlobals());

describe("runs of documents", () => {
  it("are shown by the document that they were started from, and found again by the next page", async () => {
    serve({ "POST /v1/runs": () => run("r"), "GET /v1/runs/r": () => run("r") });
    const { runs } = await begun();
    await runs.start("doc", { graph: {} });
    expect(runs.shownRun(runs.useRuns.getState(), "doc")?.summary.id).toBe("r");
    expect(runs.ownerOf(runs.useRuns.getState(), "r")).toBe("doc");
    expect(runs.lastValue("doc", "a", "value")).toBe(7);
    const next = await begun();
    expect(next.runs.useRuns.getState().shown).toEqual(record([["doc", "r"]]));
  });

  it("of another page are remembered, too", async () => {
    serve({ "POST /v1/runs": () => run("r"), "GET /v1/runs/r": () => run("r") });
    const [one, another] = [await begun(), await begun()];
    await one.runs.start("doc", { graph: {} });
    await another.runs.start("other", { graph: {} });
    const { owned, shown } = (await begun()).runs.useRuns.getState();
    expect([owned, shown]).toEqual([record([["doc", ["r"]], ["other", ["r"]]]), record([["doc", "r"], ["other", "r"]])]);
    another.runs.disown("other");
    expect((await begun()).runs.useRuns.getState().shown).toEqual(record([["doc", "r"]]));
  });

  it("are sent once more with the same key when the line broke, and no further", async () => {
    const refused = serve({});
    const { runs } = await begun();
    await expect(runs.start("doc", { graph: {} })).rejects.toThrow("cannot be reached");
    expect(refused).toHaveLength(2);
    expect(refused[0]?.key).toBe(refused[1]?.key);
    expect(refused[0]?.key).toMatch(/^[0-9a-f]{24}$/);
  });

  it("miss nothing that is told while they are read", async () => {
    let answer: (response: Response) => void = () => undefined;
    serve({ "POST /v1/runs": () => run("r") });
    const { runs, tell } = await begun();
    const serving = globalThis.fetch;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
      init.method === "GET" ? new Promise<Response>((resolve) => (answer = resolve)) : serving(url, init),
    );
    const starting = runs.start("doc", { graph: {} });
    await vi.waitFor(() => expect(answer.length).toBe(1));
    tell(event(4, "node_failed", { message: "long ago" }));
    tell(event(6, "node_started", { type: "Seed" }));
    answer(new Response(JSON.stringify(run("r", { last_event: 5 }))));
    await starting;
    expect(runs.shownRun(runs.useRuns.getState(), "doc")?.nodes["a"]?.state).toBe("running");
  });

  it("of a batch are shown as each begins", async () => {
    const accepted = { batch: "b", runs: [run("r1"), run("r2")] as RunSummary[] };
    serve({ "POST /v1/runs": () => accepted, "GET /v1/runs/r1": () => run("r1"), "GET /v1/runs/r2": () => run("r2") });
    const { runs, tell } = await begun();
    await runs.start("doc", { graph: {} });
    expect(runs.useRuns.getState().shown["doc"]).toBe("r1");
    tell(event(9, "run_started", {}, "r2"));
    await vi.waitFor(() => expect(runs.shownRun(runs.useRuns.getState(), "doc")?.summary.id).toBe("r2"));
  });

  it("leave standing what a node showed last, until its document is closed", async () => {
    serve({ "POST /v1/runs": () => run("r"), "GET /v1/runs/r": () => run("r") });
    const { runs, tell } = await begun();
    const { usePreviews, lastPreview } = await import("./previews");
    await runs.start("doc", { graph: {} });
    const picture = (base64: string) => ({ ...event(0, "node_preview", { media_type: "image/png", base64, width: 8, height: 4 }), id: null });
    tell(event(6, "node_started", { type: "Seed" }));
    for (const base64 of ["Zmlyc3Q=", "bGFzdA=="]) tell(picture(base64));
    tell(event(7, "node_finished", { seconds: 1 }));
    // One that comes too late shows less than there is.
    tell(picture("bGF0ZQ=="));
    const preview = { url: "data:image/png;base64,bGFzdA==", width: 8, height: 4 };
    expect(usePreviews.getState().of["doc"]?.["a"]).toEqual({ run: "r", preview });
    expect(lastPreview(usePreviews.getState(), "doc", "r")).toEqual(preview);
    expect(lastPreview(usePreviews.getState(), "doc", "another")).toBeUndefined();
    runs.disown("doc");
    expect(usePreviews.getState().of).toEqual(record());
  });

  it("leave standing also what a node showed while the run was read", async () => {
    let answer: (response: Response) => void = () => undefined;
    vi.stubGlobal("fetch", (_: string, init: RequestInit) =>
      init.method === "POST" ? Promise.resolve(new Response(JSON.stringify(run("r")))) : new Promise<Response>((resolve) => (answer = resolve)),
    );
    const { runs, tell } = await begun();
    const { usePreviews } = await import("./previews");
    const starting = runs.start("doc", { graph: {} });
    await vi.waitFor(() => expect(answer.length).toBe(1));
    tell(event(6, "node_started", { type: "Seed" }));
    tell({ ...event(0, "node_preview", { media_type: "image/png", base64: "bGFzdA==", width: 8, height: 4 }), id: null });
    tell(event(7, "node_finished", { seconds: 1 }));
    answer(new Response(JSON.stringify(run("r"))));
    await starting;
    expect(usePreviews.getState().of["doc"]?.["a"]).toMatchObject({ run: "r", preview: { width: 8 } });
  });

  it("that were shown are shown until the next one has been read", async () => {
    serve({ "POST /v1/runs": () => run("r1"), "GET /v1/runs/r1": () => run("r1", { state: "succeeded", artifacts: [picture("r1")], outputs: { a: { seed: 7 } } }) });
    const { runs } = await begun();
    await runs.start("doc", { graph: {} });
    let answer: (response: Response) => void = () => undefined;
    const serving = globalThis.fetch;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      if (init.method === "POST") return Promise.resolve(new Response(JSON.stringify(run("r2"))));
      return url.endsWith("r2") ? new Promise<Response>((resolve) => (answer = resolve)) : serving(url, init);
    });
    const shown: (string | undefined)[] = [];
    const end = runs.useRuns.subscribe((state) => shown.push(runs.shownRun(state, "doc")?.summary.id));
    const starting = runs.start("doc", { graph: {} });
    await vi.waitFor(() => expect(answer.length).toBe(1));
    expect(runs.shownRun(runs.useRuns.getState(), "doc")?.summary.id).toBe("r1");
    answer(new Response(JSON.stringify(run("r2"))));
    await starting;
    end();
    // At no time it showed none.
    expect(new Set(shown)).toEqual(new Set(["r1", "r2"]));
    expect(runs.shownRun(runs.useRuns.getState(), "doc")?.summary.id).toBe("r2");
    // What a node made before is known until it makes something anew.
    expect(runs.madeBefore(runs.useRuns.getState(), "doc", "a")).toEqual([picture("r1")]);
    expect(runs.madeBefore(runs.useRuns.getState(), "doc", "b")).toEqual([]);
    expect(runs.gaveBefore(runs.useRuns.getState(), "doc", "a")).toEqual({ seed: 7 });
    expect(runs.gaveBefore(runs.useRuns.getState(), "doc", "b")).toBeUndefined();
    runs.disown("doc");
    expect(runs.shownRun(runs.useRuns.getState(), "doc")).toBeUndefined();
  });

  it("that the server has forgotten are forgotten", async () => {
    serve({ "POST /v1/runs": () => run("r"), "GET /v1/runs/r": () => run("r") });
    const { runs, tell } = await begun();
    await runs.start("doc", { graph: {} });
    tell(event(9, "run_deleted"));
    expect(runs.shownRun(runs.useRuns.getState(), "doc")).toBeUndefined();
    expect(runs.ownerOf(runs.useRuns.getState(), "r")).toBeUndefined();
  });
});
