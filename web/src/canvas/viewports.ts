/** Where each open document was looked at last: the next page looks there again. */

import type { Viewport } from "@xyflow/react";

import { isRecord } from "../model/record";
import { memory } from "../state/memory";

const remembered = memory("nodeflow.viewports", readViewport);
/** Of those that this page has looked at. */
const seen = new Map<string, Viewport>();

export function viewportOf(tab: string): Viewport | undefined {
  return seen.get(tab) ?? remembered.all().get(tab);
}

export function keepViewport(tab: string, at: Viewport): void {
  seen.set(tab, at);
  remembered.put(tab, at);
}

function readViewport(found: unknown): Viewport | undefined {
  return isViewport(found) ? found : undefined;
}

function isViewport(at: unknown): at is Viewport & Record<string, unknown> {
  return isRecord(at) && [at["x"], at["y"], at["zoom"]].every((each) => Number.isFinite(each));
}
