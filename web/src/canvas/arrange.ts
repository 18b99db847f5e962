/** Laying out large graphs beside the page, so that it does not stand still meanwhile. */

import type { Point } from "../model/arrangement";
import { arranged, type Chart } from "../model/layout";
import type { Names } from "../model/record";

/** Above so many nodes it takes longer than somebody notices. */
const MANY = 60;

export function arrange(chart: Chart): Promise<Names<Point>> {
  if (Object.keys(chart.sizes).length <= MANY) return Promise.resolve(arranged(chart));
  const worker = new Worker(new URL("./arrangeWorker.ts", import.meta.url), { type: "module" });
  return new Promise<Names<Point>>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Names<Point>>) => resolve(data));
    worker.addEventListener("error", (event) => reject(new Error(`laying out failed: ${event.message}`)));
    worker.postMessage(chart);
  }).finally(() => worker.terminate());
}
