/** The catalogue: what the server has to make graphs of. */

import { create } from "zustand";

import { listChoices, listNodes, listTypes } from "../api/catalogue";
import { type Catalogue, catalogue, EMPTY, type NodeType, takesValue } from "../model/catalogue";
import { type Names, record } from "../model/record";

export interface CatalogueState {
  readonly catalogue: Catalogue;
  readonly state: "loading" | "ready" | "failed";
  readonly error: string;
  readonly etag: string | undefined;
}

export const useCatalogue = create<CatalogueState>(() => ({ catalogue: EMPTY, state: "loading", error: "", etag: undefined }));

let asked = 0;

/** Ask for the catalogue; answers whether the node types are other ones than before. Of several requests on their way only the last one counts. */
export async function loadCatalogue(): Promise<boolean> {
  const turn = ++asked;
  const { etag, catalogue: before } = useCatalogue.getState();
  try {
    const [found, types] = await Promise.all([listNodes(etag), listTypes()]);
    const nodes = found?.nodes ?? Object.values(before.nodes);
    const first = await firstChoices(nodes);
    if (turn !== asked) return false;
    useCatalogue.setState({ catalogue: catalogue(nodes, types, first), state: "ready", error: "", etag: found?.etag ?? etag });
    return found !== null && etag !== undefined;
  } catch (error) {
    if (turn !== asked) return false;
    const state = useCatalogue.getState().state === "ready" ? "ready" : "failed";
    useCatalogue.setState({ state, error: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

/** By list of choices that a node cannot do without, its first name. */
async function firstChoices(nodes: readonly NodeType[]): Promise<Names<string>> {
  const ports = nodes.flatMap(({ inputs }) => inputs).filter((port) => port.required && takesValue(port));
  const lists = new Set(ports.flatMap(({ widget }) => [widget?.files ?? widget?.choices ?? []].flat()));
  const found = await Promise.all(
    [...lists].map(async (list): Promise<[string, string][]> => {
      const [choice] = (await listChoices(list)).items;
      return choice === undefined ? [] : [[list, choice.name]];
    }),
  );
  return record(found.flat());
}
