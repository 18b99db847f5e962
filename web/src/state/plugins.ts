/** The plugins of the server, read when the line is there and when they were loaded anew; what becomes of them is told. */

import { create } from "zustand";

import { listPlugins } from "../api/catalogue";
import { Problem, Unreachable } from "../api/http";
import type { Plugin } from "../api/schema";
import { toast } from "../ui/messages";
import { hear } from "./connection";
import { showPanel } from "./panels";
import { mended, newlyBroken } from "./pluginStates";

interface Found {
  readonly plugins: readonly Plugin[];
  readonly loaded: boolean;
}

export const usePlugins = create<Found>()(() => ({ plugins: [], loaded: false }));

/** Keep the plugins fresh; the answer ends it. */
export function followPlugins(): () => void {
  return hear({
    opened: () => void readPlugins(),
    event: ({ kind }) => {
      if (kind === "plugins") void readPlugins();
    },
  });
}

let asked = 0;

/** Read them anew. Of several requests on their way only the last one counts. */
export async function readPlugins(): Promise<void> {
  const turn = ++asked;
  try {
    const plugins = await listPlugins();
    if (turn !== asked) return;
    const before = usePlugins.getState();
    usePlugins.setState({ plugins, loaded: true });
    // What was broken already when the page was opened is marked, and no news.
    if (before.loaded) tell(before.plugins, plugins);
  } catch (error) {
    // When the line is there again, they are read again.
    if (!(error instanceof Unreachable) && !(error instanceof Problem)) throw error;
  }
}

function tell(before: readonly Plugin[], now: readonly Plugin[]): void {
  for (const { name, state, error, place } of newlyBroken(before, now)) {
    const stale = state === "stale";
    const text = stale ? `The plugin ${name} stays as it was: it cannot be loaded as it is now` : `The plugin ${name} cannot be loaded`;
    const action = { label: "Show", run: () => showPanel("plugins") };
    toast(stale ? "warning" : "error", text, { detail: place === "" ? error : `${error} (${place})`, action });
  }
  for (const { name } of mended(before, now)) toast("good", `The plugin ${name} works again`);
}
