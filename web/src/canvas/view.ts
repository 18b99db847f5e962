/** What the canvas shows beside the document: open palette, menus, what is being renamed. Nothing of it is saved. */

import { create } from "zustand";

import type { Point } from "../model/arrangement";
import type { End } from "../model/document";

/** A link that was begun and not ended: the end that it has. */
export interface Begun {
  readonly end: End;
  readonly side: "output" | "input";
  readonly type: string;
  /** The output that feeds it already: it is that link which is taken up, to be put elsewhere. */
  readonly taken?: End;
}

export interface PaletteRequest {
  /** Where the new node goes, in the canvas's own measure. */
  readonly at: Point;
  /** Where the palette stands on the screen. */
  readonly screen: { readonly x: number; readonly y: number };
  readonly begun?: Begun;
}

export interface MenuRequest {
  readonly x: number;
  readonly y: number;
  /** A node, group or note; a link by the input it leads to; one port of a node; else the canvas itself. */
  readonly of: { readonly id: string; readonly port?: string } | { readonly link: End } | null;
  readonly at: Point;
}

export interface View {
  /** Seen from so far away that values cannot be read. */
  readonly far: boolean;
  readonly palette: PaletteRequest | null;
  readonly menu: MenuRequest | null;
  /** The node whose links are being made by the keyboard; with the port, where that is chosen. */
  readonly connecting: { readonly id: string; readonly port?: string; readonly side?: "input" | "output" } | null;
  readonly renaming: string | null;
  readonly begun: Begun | null;
  /** A node that shall be in sight. */
  readonly look: string | null;
  /** Dragging in empty space selects, as with Ctrl: for those who have no keys. */
  readonly boxing: boolean;
  readonly help: boolean;
  readonly minimap: boolean;
  readonly legend: boolean;
}

export const useView = create<View>(() => ({
  far: false,
  palette: null,
  menu: null,
  connecting: null,
  renaming: null,
  begun: null,
  look: null,
  boxing: false,
  help: false,
  minimap: true,
  legend: false,
}));

export function show(parts: Partial<View>): void {
  useView.setState(parts);
}
