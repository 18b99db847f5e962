/** What a widget is given, and what it may ask for beyond its value. */

import type { ComponentType } from "react";
import type { Port } from "../model/catalogue";
import type { Numeric } from "./numbers";

export interface WidgetProps<T = unknown> {
  /** Of the element that a label is for. */
  id: string;
  port: Port;
  value: T;
  /** Changes with one `merge` are one step of undo. */
  onChange(value: T, merge?: string): void;
  disabled?: boolean | undefined;
  /** What is wrong with the value. */
  invalid?: string | undefined;
  /** The id of the element that says what is wrong. */
  describedBy?: string | undefined;
  context: WidgetContext;
}

export type Widget = ComponentType<WidgetProps>;

export interface ChoicePage {
  readonly items: readonly { readonly name: string; readonly owner?: string | null }[];
  readonly next: string | null;
}

/** What becomes of a seed after a run: it stays, or the next one is taken. A seed of `null` is drawn by the server. */
export type SeedMode = "fixed" | "increment";

export interface WidgetContext {
  /** The names of a table, or of a kind of files, that hold the query; `after` is the `next` of the page before. */
  choices(table: string, query: string, after?: string): Promise<ChoicePage>;
  /** Stores a picture; gives the value that an input takes for it. Throws an Error that says why not. */
  upload(file: Blob, name: string): Promise<string>;
  /** Where the picture is that a value of files of this kind names, small or whole. */
  imageUrl(value: string, kind: string, size: "small" | "whole"): string | undefined;
  /** The seed that the last run of this node had. */
  lastSeed(): Numeric | undefined;
  /** Where the picture is that a mask here is painted over. */
  upstreamImage(): string | undefined;
  seedMode?(): SeedMode;
  setSeedMode?(mode: SeedMode): void;
}
