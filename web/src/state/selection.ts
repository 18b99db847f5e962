/** What is selected on the canvas. It belongs to the view: no step of undo, nothing to save. */

import { create } from "zustand";

export interface Selection {
  /** Ids of nodes, groups and notes. */
  readonly ids: ReadonlySet<string>;
  /** Links, by the input they lead to: `node.input`. */
  readonly links: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

export const useSelection = create<Selection>(() => ({ ids: NOTHING, links: NOTHING }));

export function select(ids: Iterable<string>, links: Iterable<string> = []): void {
  useSelection.setState({ ids: new Set(ids), links: new Set(links) });
}

export function clearSelection(): void {
  const { ids, links } = useSelection.getState();
  if (ids.size + links.size > 0) useSelection.setState({ ids: NOTHING, links: NOTHING });
}

export function selectedIds(): string[] {
  return [...useSelection.getState().ids];
}
