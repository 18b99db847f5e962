/** The line to the server: whether it is there, and what comes over it, for every store that listens. */

import { create } from "zustand";

import { type Connection, EventStream } from "../api/events";
import type { ServerEvent } from "../api/schema";

interface Line {
  readonly state: Connection;
  /** What went wrong last; null while all is well. */
  readonly error: Error | null;
  /** Whether it was ever open: a page that just loads says nothing of a lost line. */
  readonly wasOpen: boolean;
}

export const useConnection = create<Line>()(() => ({ state: "connecting", error: null, wasOpen: false }));

export interface Hearer {
  event?(event: ServerEvent): void;
  /** The line is there (again): what was read before may be old. */
  opened?(): void;
}

const hearers = new Set<Hearer>();

/** Hear what comes; the answer ends it. */
export function hear(hearer: Hearer): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

const stream = new EventStream({
  event: (event) => hearers.forEach((each) => each.event?.(event)),
  opened: () => hearers.forEach((each) => each.opened?.()),
  state: (state, error) => useConnection.setState((before) => following(before, state, error)),
});

/** While it tries again, the line stays lost: a banner that comes and goes says less than one that stays. */
function following(before: Line, state: Connection, error?: Error): Line {
  if (state === "open") return { state, error: null, wasOpen: true };
  if (state === "connecting" && before.state === "lost") return before;
  return { ...before, state, error: error ?? before.error };
}

/** Milliseconds after which a page that nobody sees stops listening. Browsers allow a server six lines, over all pages. */
const UNSEEN = 60_000;

/** Begin to listen, as long as somebody sees the page; the answer ends it. */
export function connect(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let resting = false;
  const look = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") {
      timer = setTimeout(() => {
        resting = true;
        stream.close();
      }, UNSEEN);
    } else if (resting) {
      resting = false;
      stream.open();
    }
  };
  document.addEventListener("visibilitychange", look);
  stream.open();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
    stream.close();
  };
}

/** Try at once. */
export function reconnect(): void {
  stream.retry();
}

/** The id of the last event that was heard. */
export function lastHeard(): number | null {
  return stream.last;
}

/** Begin anew where the server counts anew: its data were taken away. */
export function restartStream(): void {
  stream.restart();
}
