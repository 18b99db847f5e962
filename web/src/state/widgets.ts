/** What the widget of an input may ask for, from the document in front, its runs and the server. */

import { useMemo } from "react";

import { fileUrl } from "../api/files";
import type { Port } from "../model/catalogue";
import type { End } from "../model/document";
import { pictureUnder } from "../model/picture";
import { seedMode, setSeedMode } from "../model/seeds";
import { SERVED, type WidgetContext } from "../widgets";
import { useCatalogue } from "./catalogue";
import { activeDocument, activeTab, edit, useDocuments } from "./documents";
import { isPicture } from "./gallery";
import { lastValue, shownRun, useRuns } from "./runs";

/** The context of an input of a node. */
export function useWidgetContext(node: string, { name, widget }: Port): WidgetContext {
  const end = useMemo(() => ({ node, port: name }), [node, name]);
  // The widget of a seed shows both, and is drawn anew when they change.
  const isSeed = widget?.seed === true;
  const mode = useDocuments((state) => (isSeed ? seedMode(activeDocument(state), end) : "fixed"));
  const last = useRuns(() => (isSeed ? lastValue(activeTab().id, node, name) : undefined));
  return useMemo(
    () => ({
      ...SERVED,
      lastSeed: () => (typeof last === "number" || typeof last === "bigint" ? last : undefined),
      upstreamImage: () => pictureOver(end),
      seedMode: () => mode,
      setSeedMode: (next) => edit("Seed mode", (document) => setSeedMode(document, end, next)),
    }),
    [end, mode, last],
  );
}

/** Where the picture is that a mask is painted over: one that the graph reads, else what the last run made. */
function pictureOver(mask: End): string | undefined {
  const read = pictureUnder(activeDocument(), useCatalogue.getState().catalogue, mask);
  if (read !== undefined) return SERVED.imageUrl(read.value, read.kind, "whole");
  const made = shownRun(useRuns.getState(), activeTab().id)?.artifacts ?? [];
  const picture = made.findLast(isPicture);
  return picture === undefined ? undefined : fileUrl(picture.sha256);
}
