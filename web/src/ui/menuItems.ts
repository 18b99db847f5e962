/** What a menu offers, and how the keyboard moves in it. */

import type { IconName } from "./icons";

export interface MenuItem {
  label: string;
  icon?: IconName | undefined;
  shortcut?: string | undefined;
  /** A second line, such as why it cannot be chosen. */
  hint?: string | undefined;
  disabled?: boolean | undefined;
  danger?: boolean | undefined;
  /** A choice that is on or off. */
  checked?: boolean | undefined;
  onSelect?: (() => void) | undefined;
  items?: readonly MenuEntry[] | undefined;
}

export type MenuEntry = MenuItem | "separator";

/** The item that a key leads to from `at` (-1 for none); undefined where the key means nothing here. */
export function moved(entries: readonly MenuEntry[], at: number, key: string): number | undefined {
  const able = entries.flatMap((entry, index) => (entry === "separator" || entry.disabled === true ? [] : [index]));
  const place = able.indexOf(at);
  if (key === "ArrowDown") return able[(place + 1) % able.length];
  if (key === "ArrowUp") return able[(Math.max(place, 0) - 1 + able.length) % able.length];
  if (key === "Home") return able[0];
  if (key === "End") return able.at(-1);
  if (key.length !== 1 || key === " ") return undefined;
  const from = [...able.slice(place + 1), ...able.slice(0, place + 1)];
  return from.find((index) => begins(entries[index], key));
}

function begins(entry: MenuEntry | undefined, key: string): boolean {
  return entry !== undefined && entry !== "separator" && entry.label.toLowerCase().startsWith(key.toLowerCase());
}
