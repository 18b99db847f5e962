/** What the server says of the document in front before it is run: what is wrong, and which nodes would run. */

import { create } from "zustand";

import { checkGraph } from "../api/graphs";
import { Problem, Unreachable } from "../api/http";
import { type Document, dump } from "../model/document";
import { map, type Names, omit, put, record } from "../model/record";
import { needed } from "../model/needed";
import { runnable } from "../model/runnable";
import { useCatalogue } from "./catalogue";
import { hear } from "./connection";
import { activeTab, useDocuments } from "./documents";
import { type Finding, findings, type Forecast, forecast } from "./findings";

export interface Checked {
  /** What was checked; a document that has changed since is being checked again. */
  readonly document: Document;
  readonly findings: readonly Finding[];
  readonly forecast: Forecast | null;
  readonly warnings: readonly string[];
  /** Whether somebody wanted it to run: then what is unfinished stands in the way. */
  readonly insisted: boolean;
}

interface Checks {
  /** By tab. */
  readonly of: Names<Checked>;
}

/** Milliseconds without a change after which a document is checked. */
const PAUSE = 250;

export const useChecks = create<Checks>()(() => ({ of: record() }));

let timer: ReturnType<typeof setTimeout> | undefined;
let asking = new AbortController();

/** Keep the check of the document in front fresh; the answer ends it. */
export function followChecks(): () => void {
  let before = activeTab().document;
  const ends = [
    useDocuments.subscribe((state) => {
      const { document } = activeTab(state);
      if (document !== before) soon();
      before = document;
    }),
    useCatalogue.subscribe((now, old) => {
      if (now.catalogue !== old.catalogue) soon();
    }),
    hear({
      event: ({ kind }) => {
        if (kind === "run_started" || kind === "run_finished") foretellNothing();
        // What has run is kept from then on.
        if (kind === "run_finished") soon();
      },
      opened: soon,
    }),
  ];
  soon();
  return () => ends.forEach((end) => end());
}

/** Note what a refused run was refused for. */
export function insist(tab: string, document: Document, found: readonly Finding[]): void {
  useChecks.setState(({ of }) => ({
    of: put(of, tab, { document, findings: found, forecast: null, warnings: [], insisted: true }),
  }));
}

export function forgetChecks(tab: string): void {
  useChecks.setState(({ of }) => ({ of: omit(of, tab) }));
}

/** While something runs, and until it is known what it has kept, nothing is foretold. */
function foretellNothing(): void {
  useChecks.setState(({ of }) => ({ of: map(of, (checked) => (checked.forecast === null ? checked : { ...checked, forecast: null })) }));
}

function soon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void check(), PAUSE);
}

async function check(): Promise<void> {
  const tab = activeTab();
  const { catalogue, state } = useCatalogue.getState();
  if (state !== "ready") return;
  asking.abort();
  asking = new AbortController();
  const sent = runnable(tab.document, catalogue);
  if (Object.keys(sent.nodes).length === 0) return forgetChecks(tab.id);
  try {
    const found = await checkGraph({ graph: dump(sent) }, asking.signal);
    // What leads nowhere and is not finished yet keeps nothing from running.
    const ahead = found.valid ? sent : needed(tab.document, catalogue);
    const foreseen = found.valid ? found : await checkGraph({ graph: dump(ahead) }, asking.signal);
    note(tab.id, tab.document, { findings: findings(found.problems, sent), forecast: forecast(foreseen, ahead), warnings: found.warnings });
  } catch (error) {
    if (error instanceof Problem) note(tab.id, tab.document, { findings: findings(error.flaws, sent), forecast: null, warnings: [] });
    // When the line is there again, it is checked again; an older check gives way to a newer one.
    else if (!(error instanceof Unreachable || (error instanceof DOMException && error.name === "AbortError"))) throw error;
  }
}

/** Once a graph is well again, what it lacks next is no fault yet. */
function note(tab: string, document: Document, found: Omit<Checked, "document" | "insisted">): void {
  useChecks.setState(({ of }) => {
    const insisted = of[tab]?.insisted === true && found.findings.length > 0;
    return { of: put(of, tab, { document, insisted, ...found }) };
  });
}
