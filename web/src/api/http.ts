/** Asking the server: JSON there and back, and every refusal as a Problem. */
import { writeJson, parseJson } from "../model/json";
import type { Flaw, ProblemDetail } from "./schema";

/** The server refused, or failed: what it said of it (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";
  /** The last part of its type: `not-found`, `invalid-graph`, `precondition-failed` and the like. */
  readonly kind: string;
  readonly status: number;
  readonly title: string;
  readonly flaws: readonly Flaw[];
  /** The number under which the server's log tells of it. */
  readonly instance: string | null;

  constructor(detail: ProblemDetail) {
    super(detail.detail);
    this.kind = detail.type.split("/").at(-1) ?? "";
    this.status = detail.status;
    this.title = detail.title;
    this.flaws = detail.errors ?? [];
    this.instance = detail.instance ?? null;
  }
}

/** The server cannot be reached. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";

  constructor(cause: unknown) {
    super("the server cannot be reached", { cause });
  }
}

export interface Asked {
  readonly json?: unknown;
  readonly body?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}
export interface Answered<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: T;
}

/** Where a path of the server is: beside the page, also where both lie below a folder. */
export function address(path: string): string {
  const page = typeof document === "undefined" ? "http://127.0.0.1/" : document.baseURI;
  return new URL(path.replace(/^\//, ""), page).href;
}

/** The answer to a request; throws Problem and Unreachable, and what the signal aborts with. */
export async function ask<T>(method: string, path: string, asked: Asked = {}): Promise<Answered<T>> {
  const response = await fetched(path, { method, ...sent(asked) });
  const text = response.status === 204 || response.status === 304 ? "" : await reading(response);
  if (!response.ok && response.status !== 304) throw problemOf(response.status, text);
  return { status: response.status, headers: response.headers, data: (text ? parseJson(text) : undefined) as T };
}

/** The data of an answer alone. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask<T>("GET", path, signal ? { signal } : {})).data;
}

export async function post<T>(path: string, json: unknown, more: Asked = {}): Promise<T> {
  return (await ask<T>("POST", path, { ...more, json })).data;
}

/** A response as it comes, for streams; throws Unreachable. */
export async function fetched(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address(path), { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unreachable(error);
  }
}

/** What a refusal says, also where something on the way refused in the server's place. */
export function problemOf(status: number, text: string): Problem {
  try {
    const found: unknown = parseJson(text);
    if (isProblem(found)) return new Problem(found);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return new Problem({ type: "/problems/unknown", title: `Status ${status}`, status, detail: `the answer was ${status}` });
}

/** A query string of what is given; what is undefined is left out. */
export function query(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : "";
}

function sent(asked: Asked): RequestInit {
  const headers: Record<string, string> = { ...asked.headers };
  if (asked.json !== undefined) headers["Content-Type"] = "application/json";
  if (asked.body !== undefined) headers["Content-Type"] = asked.body.type || "application/octet-stream";
  const body = asked.json !== undefined ? writeJson(asked.json) : asked.body;
  return { headers, ...(body !== undefined ? { body } : {}), ...(asked.signal ? { signal: asked.signal } : {}) };
}

async function reading(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(error);
  }
}

function isProblem(found: unknown): found is ProblemDetail {
  return typeof found === "object" && found !== null && "type" in found && "detail" in found && "status" in found;
}
