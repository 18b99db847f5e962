import { afterEach, describe, expect, it, vi } from "vitest";

import { listNodes } from "./catalogue";
import { readGraph, saveGraph } from "./graphs";
import { address, get, post, Problem, query, Unreachable } from "./http";

interface Call {
  url: string;
  init: RequestInit;
}

function answering(...responses: (Response | Error)[]): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    calls.push({ url, init });
    const next = responses.shift();
    if (next === undefined) throw new Error("asked more often than expected");
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  return calls;
}

afterEach(() => vi.unstubAllGlobals());

describe("asking the server", () => {
  it("sends and reads integers exactly", async () => {
    const calls = answering(new Response('{"seed":18446744073709551615}'));
    expect(await post("/v1/runs", { seed: 18446744073709551615n })).toEqual({ seed: 18446744073709551615n });
    expect(calls[0]?.init.body).toBe('{"seed":18446744073709551615}');
    expect(new Headers(calls[0]?.init.headers).get("Content-Type")).toBe("application/json");
  });

  it("throws what the server says is wrong", async () => {
    const flaw = { part: "body", pointer: "/graph", code: "unknown_type", message: "there is none" };
    const detail = { type: "/problems/invalid-graph", title: "Not valid", status: 422, detail: "one", errors: [flaw] };
    answering(new Response(JSON.stringify(detail), { status: 422 }));
    const problem = await get("/v1/runs").catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ kind: "invalid-graph", status: 422, message: "one", flaws: [flaw] });
  });

  it("says so where something on the way refused", async () => {
    answering(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(get("/v1/runs")).rejects.toMatchObject({ kind: "unknown", status: 502 });
  });

  it("tells a server that is away from one that refuses", async () => {
    answering(new TypeError("refused"));
    await expect(get("/v1/runs")).rejects.toBeInstanceOf(Unreachable);
  });

  it("leaves out of a query what is not given", () => {
    expect(query({ after: undefined, limit: 5, q: "a b&c" })).toBe("?limit=5&q=a+b%26c");
    expect(query({ after: undefined })).toBe("");
  });

  it("asks beside the page, also below a folder", () => {
    vi.stubGlobal("document", { baseURI: "https://example.org/tools/nodeflow/" });
    expect(address("/v1/runs")).toBe("https://example.org/tools/nodeflow/v1/runs");
  });
});

describe("saved graphs", () => {
  const summary = '{"name":"a","etag":"e2"}';

  it("are written over only as the version that was read", async () => {
    const graph = { nodeflow: 1, nodes: {} };
    const calls = answering(
      new Response(JSON.stringify(graph), { headers: { ETag: '"e1"' } }),
      new Response(summary),
      new Response(summary, { status: 201 }),
      new Response(summary),
    );
    const { etag } = await readGraph("a b");
    expect(etag).toBe("e1");
    expect(await saveGraph("a", graph, etag)).toBe("e2");
    await saveGraph("a", graph, null);
    await saveGraph("a", graph, "*");
    expect(calls[0]?.url).toMatch(/\/v1\/graphs\/a%20b$/);
    const sent = calls.slice(1).map(({ init }) => new Headers(init.headers));
    expect(sent.map((headers) => headers.get("If-Match"))).toEqual(['"e1"', null, "*"]);
    expect(sent.map((headers) => headers.get("If-None-Match"))).toEqual([null, "*", null]);
  });
});

describe("node types", () => {
  it("are read anew only where they changed", async () => {
    const calls = answering(
      new Response('{"nodes":[]}', { headers: { ETag: '"n1"' } }),
      new Response(null, { status: 304 }),
    );
    const first = await listNodes();
    expect(first).toEqual({ nodes: [], etag: "n1" });
    expect(await listNodes(first?.etag)).toBeNull();
    expect(new Headers(calls[1]?.init.headers).get("If-None-Match")).toBe('"n1"');
  });
});
