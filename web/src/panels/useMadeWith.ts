/** What a picture was made with, asked of the server once for each node of a run. */

import { useEffect, useRef, useState } from "react";

import { Problem, Unreachable } from "../api/http";
import { showRun } from "../api/runs";
import type { Artifact } from "../api/schema";
import { DocumentError } from "../model/document";
import { madeWith, type Told } from "../model/madeWith";
import { type Names, put, record } from "../model/record";
import { useCatalogue } from "../state/catalogue";

/** Nothing while it is asked, and where it is not known any more. */
export function useMadeWith(made: Artifact | undefined): readonly Told[] {
  const asked = useRef(new Set<string>());
  const [known, setKnown] = useState<Names<readonly Told[]>>(record());
  const { run_id: run, node_id: node } = made ?? { run_id: "", node_id: "" };
  const key = `${run} ${node}`;
  useEffect(() => {
    if (run === "" || asked.current.has(key)) return;
    asked.current.add(key);
    void ask(run, node).then((found) => setKnown((before) => put(before, key, found)));
  }, [key, run, node]);
  return known[key] ?? [];
}

async function ask(run: string, node: string): Promise<readonly Told[]> {
  try {
    return madeWith((await showRun(run)).graph, useCatalogue.getState().catalogue, node);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unreachable || error instanceof DocumentError)) throw error;
    return [];
  }
}
