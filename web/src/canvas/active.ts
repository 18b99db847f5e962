/** Reading the document in front from a component, as little of it as that needs. */

import type { Catalogue, NodeType } from "../model/catalogue";
import type { Document, GraphNode, Place } from "../model/document";
import { activeTab, useDocuments } from "../state/documents";
import { useCatalogue } from "../state/catalogue";

export function useDocument<T>(read: (document: Document) => T): T {
  return useDocuments((state) => read(activeTab(state).document));
}

export function useCatalog(): Catalogue {
  return useCatalogue(({ catalogue }) => catalogue);
}

export function useNode(id: string): GraphNode | undefined {
  return useDocument(({ nodes }) => nodes[id]);
}

export function usePlace(id: string): Place | undefined {
  return useDocument(({ layout }) => layout.places[id]);
}

export function useNodeType(name: string | undefined): NodeType | undefined {
  return useCatalogue(({ catalogue }) => (name === undefined ? undefined : catalogue.nodes[name]));
}

/** Whether it is known what there is: before that, nothing is missing. */
export function useTypesKnown(): boolean {
  return useCatalogue(({ state }) => state === "ready");
}

/** The colour of a wire type, by its name; a list has that of its items. */
export function colorOf(catalogue: Catalogue, type: string): string {
  const bare = type.replace(/^list\[(.*)\]$/, "$1");
  return catalogue.types[bare]?.color ?? "var(--wire-any)";
}

export function useColor(type: string): string {
  return useCatalogue(({ catalogue }) => colorOf(catalogue, type));
}
