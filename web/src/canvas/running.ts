/** How the run that the document shows goes, and what is wrong with the document, read for one node or input. */

import { useMemo } from "react";

import { useChecks } from "../state/checks";
import { useDocuments } from "../state/documents";
import type { Finding } from "../state/findings";
import type { NodeRun } from "../state/run";
import { shownRun, useRuns } from "../state/runs";

const NONE: readonly Finding[] = [];
const grouped = new WeakMap<readonly Finding[], ReadonlyMap<string, readonly Finding[]>>();

export function useNodeRun(id: string): NodeRun | undefined {
  const active = useDocuments((state) => state.active);
  return useRuns((state) => shownRun(state, active)?.nodes[id]);
}

/** Everything that is wrong with a node and its inputs: what the check found, and what the run failed for. */
export function useNodeFindings(id: string): readonly Finding[] {
  const active = useDocuments((state) => state.active);
  const found = useChecks(({ of }) => byNode(of[active]?.findings ?? NONE).get(id) ?? NONE);
  const insisted = useChecks(({ of }) => of[active]?.insisted === true);
  const error = useRuns((state) => shownRun(state, active)?.nodes[id]?.error ?? null);
  return useMemo(() => {
    const checked = insisted ? found.map((each) => (each.unfinished ? { ...each, unfinished: false } : each)) : found;
    if (error === null) return checked;
    const { input, message, traceback, error: kind } = error;
    const failure: Finding = {
      node: id,
      code: "node_failed",
      message,
      unfinished: false,
      ...(input === null ? {} : { input }),
      ...(kind === null ? {} : { error: kind }),
      ...(traceback === null ? {} : { traceback }),
    };
    return [failure, ...checked];
  }, [id, found, insisted, error]);
}

/** Whether a node would run if Run were pressed now, or what it made is kept; undefined while nobody knows. */
export function useForecast(id: string): "run" | "kept" | undefined {
  const active = useDocuments((state) => state.active);
  return useChecks(({ of }) => of[active]?.forecast?.[id]);
}

function byNode(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const known = grouped.get(findings);
  if (known !== undefined) return known;
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.node !== undefined) found.set(finding.node, [...(found.get(finding.node) ?? []), finding]);
  }
  grouped.set(findings, found);
  return found;
}

/** What is wrong with an input of a node. */
export function useInputFinding(id: string, port: string): Finding | undefined {
  return useNodeFindings(id).find(({ input }) => input === port);
}
