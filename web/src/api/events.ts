/** What happens on the server, as it happens: one stream a tab, which comes back by itself and misses nothing. */
import { fetched, Problem, problemOf, query } from "./http";
import { parseJson } from "../model/json";
import type { ServerEvent } from "./schema";

export type Connection = "connecting" | "open" | "lost" | "unauthorized";

export interface Listener {
  event(event: ServerEvent): void;
  /** `fresh` is true when the stream began anew rather than after the last event that was seen. */
  opened(fresh: boolean): void;
  state(connection: Connection, error?: Error): void;
}

/** The server sends a sign of life every 15 seconds; after so many milliseconds without one the line is dead. */
const SILENCE = 45_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/** Reads the blocks of an event stream (the `data` of each), however its bytes are cut. */
export class Blocks {
  private rest = "";

  /** The data of the blocks that are whole with this text. */
  push(text: string): string[] {
    const parts = (this.rest + text).split("\n\n");
    this.rest = parts.pop() ?? "";
    return parts.map(dataOf).filter((data) => data !== "");
  }
}

function dataOf(block: string): string {
  const lines = block.split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}

/** Follows all runs until it is closed. */
export class EventStream {
  /** The id of the last event that was seen. */
  last: number | null = null;
  private controller = new AbortController();
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly listener: Listener) {}

  open(): void {
    this.controller = new AbortController();
    void this.follow(this.controller.signal);
  }

  close(): void {
    this.controller.abort();
    clearTimeout(this.timer);
  }

  /** Begin anew, from now on; of use where the server turned out to be another one. */
  restart(): void {
    this.close();
    this.last = null;
    this.failures = 0;
    this.open();
  }

  /** Try at once rather than when the wait is over. */
  retry(): void {
    this.close();
    this.failures = 0;
    this.open();
  }

  private async follow(signal: AbortSignal): Promise<void> {
    this.listener.state("connecting");
    try {
      await this.read(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status === 401) return this.listener.state("unauthorized", error);
      this.listener.state("lost", error instanceof Error ? error : new Error(String(error)));
    }
    if (!signal.aborted) this.again();
  }

  private again(): void {
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures);
    this.failures += 1;
    this.timer = setTimeout(() => this.open(), wait);
  }

  private async read(signal: AbortSignal): Promise<void> {
    const silent = new AbortController();
    const either = AbortSignal.any([signal, silent.signal]);
    let watch = setTimeout(() => silent.abort(), SILENCE);
    try {
      const reader = await this.connected(either);
      const decoder = new TextDecoder();
      const blocks = new Blocks();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return this.listener.state("lost", new Error("the server ended the stream"));
        clearTimeout(watch);
        watch = setTimeout(() => silent.abort(), SILENCE);
        for (const data of blocks.push(decoder.decode(value, { stream: true }))) this.tell(data);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  private async connected(signal: AbortSignal): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const fresh = this.last === null;
    const headers: Record<string, string> = fresh ? {} : { "Last-Event-ID": String(this.last) };
    const response = await fetched(`/v1/events${query({ previews: 1 })}`, { headers, signal });
    if (!response.ok || response.body === null) throw problemOf(response.status, await response.text());
    this.failures = 0;
    this.listener.state("open");
    this.listener.opened(fresh);
    return response.body.getReader();
  }

  private tell(data: string): void {
    const event = parseJson(data) as ServerEvent;
    if (event.id !== null) {
      // What came before the line was lost may come once more.
      if (this.last !== null && event.id <= this.last) return;
      this.last = event.id;
    }
    this.listener.event(event);
  }
}
