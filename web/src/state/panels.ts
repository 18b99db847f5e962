/** What stands open beside the canvas and on top of it. */

import { create } from "zustand";

import type { Artifact } from "../api/schema";

export type PanelName = "queue" | "gallery" | "problems" | "plugins";

export type Shown =
  | { readonly what: "open" | "templates" | "sweep" }
  | { readonly what: "save"; readonly tab: string }
  | { readonly what: "conflict"; readonly tab: string; readonly name: string }
  | { readonly what: "close"; readonly tab: string }
  | { readonly what: "traceback"; readonly title: string; readonly text: string }
  | { readonly what: "result"; readonly artifacts: readonly Artifact[]; readonly at: number };

interface Panels {
  readonly panel: PanelName | null;
  readonly dialog: Shown | null;
}

export const usePanels = create<Panels>()(() => ({ panel: null, dialog: null }));

export function showPanel(panel: PanelName | null): void {
  usePanels.setState({ panel });
}

/** Open the panel, or close it where it is the one that is open. */
export function togglePanel(panel: PanelName): void {
  usePanels.setState((before) => ({ panel: before.panel === panel ? null : panel }));
}

export function showDialog(dialog: Shown): void {
  usePanels.setState({ dialog });
}

export function closeDialog(): void {
  usePanels.setState({ dialog: null });
}

/** Open a picture in the large view, among those that it can be looked at with. */
export function showResult(artifact: Artifact, among: readonly Artifact[]): void {
  const artifacts = among.includes(artifact) ? among : [artifact, ...among];
  showDialog({ what: "result", artifacts, at: artifacts.indexOf(artifact) });
}
