import { afterEach, describe, expect, it, vi } from "vitest";

import { Blocks, EventStream, type Connection } from "./events";
import type { ServerEvent } from "./schema";

function block(id: number, kind = "node_started"): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ id, run_id: "r", kind, data: {} })}\n\n`;
}

/** A server whose streams give these texts, one stream after the other; the last one stays open. */
function serve(streams: string[][]): { asked: Headers[] } {
  const asked: Headers[] = [];
  vi.stubGlobal("fetch", (_url: string, init: RequestInit) => {
    asked.push(new Headers(init.headers));
    const texts = streams.shift() ?? [];
    const last = streams.length === 0;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
        if (!last) controller.close();
      },
    });
    return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
  });
  return { asked };
}

function listening(): { seen: number[]; states: Connection[]; fresh: boolean[]; stream: EventStream } {
  const seen: number[] = [];
  const states: Connection[] = [];
  const fresh: boolean[] = [];
  const stream = new EventStream({
    event: (event: ServerEvent) => seen.push(event.id ?? -1),
    opened: (anew) => fresh.push(anew),
    state: (state) => states.push(state),
  });
  return { seen, states, fresh, stream };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("blocks of an event stream", () => {
  it("are read however the bytes are cut", () => {
    const text = `retry: 1000\n\n${block(1)}: ping\n\n${block(2)}`;
    for (let size = 1; size < text.length; size += 1) {
      const blocks = new Blocks();
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...blocks.push(text.slice(at, at + size)));
      expect(found.map((data) => (JSON.parse(data) as ServerEvent).id)).toEqual([1, 2]);
    }
  });

  it("join the lines of their data", () => {
    expect(new Blocks().push("data: one\ndata: two\n\n")).toEqual(["one\ntwo"]);
  });
});

describe("the event stream", () => {
  it("comes back with the last id that it saw, and tells each event once", async () => {
    vi.useFakeTimers();
    const { asked } = serve([[block(7), block(8)], [block(8), block(9)]]);
    const { seen, states, fresh, stream } = listening();
    stream.open();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([7, 8, 9]);
    expect(asked.map((headers) => headers.get("Last-Event-ID"))).toEqual([null, "8"]);
    expect(fresh).toEqual([true, false]);
    expect(states).toEqual(["connecting", "open", "lost", "connecting", "open"]);
    stream.close();
  });

  it("waits longer each time while the server is away, and tells so", async () => {
    vi.useFakeTimers();
    const tries: number[] = [];
    vi.stubGlobal("fetch", () => {
      tries.push(Date.now());
      return Promise.reject(new TypeError("refused"));
    });
    const { states, stream } = listening();
    stream.open();
    await vi.advanceTimersByTimeAsync(20_000);
    stream.close();
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(states.at(-1)).toBe("lost");
  });

  it("takes a silent line for a dead one", async () => {
    vi.useFakeTimers();
    const aborted: boolean[] = [];
    vi.stubGlobal("fetch", (_url: string, init: RequestInit) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          init.signal?.addEventListener("abort", () => {
            aborted.push(true);
            controller.error(new DOMException("aborted", "AbortError"));
          });
        },
      });
      return Promise.resolve(new Response(body));
    });
    const { states, stream } = listening();
    stream.open();
    await vi.advanceTimersByTimeAsync(44_000);
    expect(states).toEqual(["connecting", "open"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(aborted).toEqual([true]);
    expect(states.slice(0, 4)).toEqual(["connecting", "open", "lost", "connecting"]);
    stream.close();
  });

  it("stops asking where a token is wanted", async () => {
    vi.useFakeTimers();
    const problem = { type: "/problems/unauthorized", title: "A token is needed", status: 401, detail: "send it" };
    const answered = vi.fn(() => Promise.resolve(new Response(JSON.stringify(problem), { status: 401 })));
    vi.stubGlobal("fetch", answered);
    const { states, stream } = listening();
    stream.open();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answered).toHaveBeenCalledTimes(1);
    expect(states).toEqual(["connecting", "unauthorized"]);
    stream.close();
  });
});
