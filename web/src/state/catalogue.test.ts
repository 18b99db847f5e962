import { afterEach, beforeEach, expect, it, vi } from "vitest";

interface Asked {
  readonly etag: string | null;
  answer(nodes: readonly string[], etag: string): void;
}

let asked: Asked[];

/** Questions for node types wait until they are answered; the rest is answered at once. */
beforeEach(() => {
  asked = [];
  vi.resetModules();
  vi.stubGlobal("fetch", (url: string, { headers }: RequestInit) => {
    if (!url.endsWith("/v1/nodes")) return Promise.resolve(new Response('{"types":[],"items":[]}'));
    return new Promise<Response>((resolve) => {
      const answer = (names: readonly string[], etag: string): void => {
        const nodes = names.map((name) => ({ name, title: name, category: "", inputs: [], outputs: [] }));
        resolve(new Response(JSON.stringify({ nodes }), { headers: { ETag: `"${etag}"` } }));
      };
      asked.push({ etag: new Headers(headers).get("If-None-Match"), answer });
    });
  });
});

afterEach(() => vi.unstubAllGlobals());

it("tells of node types that have changed, and not of the first", async () => {
  const { loadCatalogue } = await import("./catalogue");
  const first = loadCatalogue();
  asked[0]?.answer(["Double"], "a");
  expect(await first).toBe(false);
  const second = loadCatalogue();
  expect(asked[1]?.etag).toBe('"a"');
  asked[1]?.answer(["Double", "Halve"], "b");
  expect(await second).toBe(true);
});

it("does not go back to an answer that was slow to come", async () => {
  const { loadCatalogue, useCatalogue } = await import("./catalogue");
  const first = loadCatalogue();
  const second = loadCatalogue();
  asked[1]?.answer(["Double", "Halve"], "b");
  expect(await second).toBe(false);
  asked[0]?.answer(["Double"], "a");
  expect(await first).toBe(false);
  expect(Object.keys(useCatalogue.getState().catalogue.nodes)).toEqual(["Double", "Halve"]);
  expect(useCatalogue.getState().etag).toBe("b");
});
