/** What a person has set for this browser. */

import { create } from "zustand";

import { isRecord } from "../model/record";
import { parsed, store } from "./memory";

export type Theme = "system" | "light" | "dark";

export interface Settings {
  readonly theme: Theme;
  /** How many runs a press of Run makes. */
  readonly count: number;
  /** Pixels that the panel at the side is wide. */
  readonly panelWidth: number;
}

const STORED = "nodeflow.settings";
const DEFAULTS: Settings = { theme: "system", count: 1, panelWidth: 320 };
export const MOST_RUNS = 100;

export const useSettings = create<Settings>()(() => DEFAULTS);

/** Set these, here and for the pages to come: what another page has set meanwhile stays. */
export function set(parts: Partial<Settings>): void {
  useSettings.setState(parts);
  store(STORED, { ...kept(localStorage.getItem(STORED)), ...parts });
}

/** What was kept, as far as it can be used. */
export function read(text: string | null): Settings {
  const { theme, count, panelWidth } = kept(text);
  return {
    theme: theme === "light" || theme === "dark" ? theme : DEFAULTS.theme,
    count: isWithin(count, 1, MOST_RUNS) ? Math.round(count) : DEFAULTS.count,
    panelWidth: isWithin(panelWidth, 200, 1200) ? panelWidth : DEFAULTS.panelWidth,
  };
}

/** Take up what was set before, and have the page drawn in the theme that is set, now and later, here or by another page. */
export function followSettings(): () => void {
  useSettings.setState(read(localStorage.getItem(STORED)));
  const apply = ({ theme }: Settings): void => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  };
  const hear = ({ key, newValue }: StorageEvent): void => {
    if (key === STORED) useSettings.setState({ theme: read(newValue).theme });
  };
  apply(useSettings.getState());
  const stop = useSettings.subscribe(apply);
  window.addEventListener("storage", hear);
  return () => {
    stop();
    window.removeEventListener("storage", hear);
  };
}

function kept(text: string | null): Record<string, unknown> {
  const found = parsed(text);
  return isRecord(found) ? found : {};
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most;
}
