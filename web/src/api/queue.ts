/** The queue as a whole. */
import { get, post } from "./http";
import type { Queue } from "./schema";

export function showQueue(): Promise<Queue> {
  return get("/v1/queue");
}

/** Begin no further run, also after a restart. */
export function pauseQueue(): Promise<Queue> {
  return post("/v1/queue/pause", undefined);
}

export function resumeQueue(): Promise<Queue> {
  return post("/v1/queue/resume", undefined);
}

/** Stop all runs, or those of a batch. */
export function cancelAll(batch?: string): Promise<{ runs: number }> {
  return post("/v1/queue/cancel", batch === undefined ? {} : { batch });
}
