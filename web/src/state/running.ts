/** Having the document in front run: once, many times, over a sweep of values, or up to some of its nodes. */

import { checkGraph } from "../api/graphs";
import { Problem, Unreachable } from "../api/http";
import { cancelAll } from "../api/queue";
import { moveRun } from "../api/runs";
import type { Batch, RunRequest } from "../api/schema";
import { type Document, dump } from "../model/document";
import { needed } from "../model/needed";
import { counted, repeats } from "../model/seeds";
import { type Axis, sweep } from "../model/sweep";
import { dismiss, toast } from "../ui/messages";
import { useCatalogue } from "./catalogue";
import { insist, useChecks } from "./checks";
import { activeTab, editTab, type Tab } from "./documents";
import { type Finding, findings, plainly } from "./findings";
import { showPanel } from "./panels";
import { cancel, shownRun, start, useRuns } from "./runs";
import { isOver } from "./run";

export interface Wanted {
  /** Nodes to run up to; else the graph's outputs. */
  readonly targets?: readonly string[];
  /** Before all that wait. */
  readonly first?: boolean;
  /** How many runs, each with other seeds. */
  readonly count?: number;
  readonly axes?: readonly Axis[];
}

/** Whether a request is on its way: a second press is one too many. */
let asking = false;

/** Have the document in front run; what stands in the way is shown. Answers whether it was accepted. */
export async function run(wanted: Wanted = {}): Promise<boolean> {
  if (asking) return false;
  asking = true;
  const tab = activeTab();
  const { catalogue } = useCatalogue.getState();
  const sent = needed(tab.document, catalogue, wanted.targets);
  try {
    if (!(await mayRun(tab, sent, wanted))) return false;
    const { document, batch } = batchOf(sent, wanted);
    const accepted = await start(tab.id, requestOf(tab, document, batch, wanted));
    if (wanted.first === true) for (const { id } of accepted.toReversed()) await moveRun(id, "first");
    countOn(tab, accepted.length);
    return true;
  } catch (error) {
    refused(tab, sent, error);
    return false;
  } finally {
    asking = false;
  }
}

/** Stop the run that the document in front shows, and with it all of its batch that is still to come. */
export async function cancelShown(): Promise<void> {
  const shown = shownRun(useRuns.getState(), activeTab().id);
  if (shown === undefined || isOver(shown.summary)) return;
  try {
    if (shown.summary.batch !== null) await cancelAll(shown.summary.batch);
    else await cancel(shown.summary.id);
  } catch (error) {
    complain("It could not be cancelled", error);
  }
}

/** Say that something did not work, and why; throws what is no refusal but a defect. */
export function complain(what: string, error: unknown): void {
  if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
  toast("error", what, { detail: error.message });
}

/** Whether nothing is wrong with what is to run; what is, is shown. */
async function mayRun(tab: Tab, sent: Document, { targets }: Wanted): Promise<boolean> {
  const checked = useChecks.getState().of[tab.id];
  if (targets === undefined && checked?.document === tab.document && checked.findings.length === 0) return true;
  const kept = targets?.filter((id) => id in sent.nodes) ?? [];
  const check = await checkGraph({ graph: dump(sent), ...(kept.length === 0 ? {} : { targets: kept }) });
  if (!check.valid) refusedFor(tab, sent, findings(check.problems, sent));
  return check.valid;
}

function batchOf(sent: Document, wanted: Wanted): { document: Document; batch?: Batch } {
  const swept = wanted.axes === undefined ? undefined : sweep(sent, wanted.axes);
  const count = wanted.count ?? 1;
  if (count === 1) return swept === undefined ? { document: sent } : { document: swept.document, batch: { product: swept.product } };
  const { document, zip } = repeats(swept?.document ?? sent, useCatalogue.getState().catalogue, count);
  const free = Object.entries(zip).filter(([name]) => !(name in (swept?.product ?? {})));
  if (free.length === 0) {
    toast("info", "It runs once: without a seed, all would be the same");
    return swept === undefined ? { document: sent } : { document: swept.document, batch: { product: swept.product } };
  }
  return { document, batch: { zip: Object.fromEntries(free), ...(swept === undefined ? {} : { product: swept.product }) } };
}

function requestOf(tab: Tab, document: Document, batch: Batch | undefined, { targets }: Wanted): RunRequest {
  const kept = targets?.filter((id) => id in document.nodes);
  return {
    graph: dump(document),
    // The queue says whose run it is.
    tags: tagsOf(tab.title),
    ...(kept === undefined || kept.length === 0 ? {} : { targets: kept }),
    ...(batch === undefined ? {} : { batch }),
  };
}

/** A title as the server takes it for a tag; no letter is cut in two. */
function tagsOf(title: string): readonly string[] {
  const letters = Array.from(title.replaceAll(/[\p{Cc}\p{Cs}]/gu, " ").trim());
  return letters.length === 0 ? [] : [letters.slice(0, 64).join("")];
}

/** Seeds that count on do so in the document; what was accepted had the ones before. */
function countOn(tab: Tab, runs: number): void {
  const { catalogue } = useCatalogue.getState();
  editTab(tab.id, "Next seed", (document) => counted(document, catalogue, runs), "seeds");
}

function refused(tab: Tab, sent: Document, error: unknown): void {
  if (error instanceof Problem && error.flaws.length > 0) refusedFor(tab, sent, findings(error.flaws, sent));
  else complain("It could not be run", error);
}

function refusedFor(tab: Tab, sent: Document, found: readonly Finding[]): void {
  insist(tab.id, tab.document, found);
  const [first] = found;
  const more = found.length > 1 ? { label: `Show all ${found.length}`, run: () => showPanel("problems") } : undefined;
  const told = toast("error", "It cannot run yet", { detail: first === undefined ? undefined : said(first, sent), action: more });
  // Once it is put right, nobody needs to be told of it.
  const end = useChecks.subscribe(({ of }) => {
    if ((of[tab.id]?.findings.length ?? 0) > 0) return;
    dismiss(told);
    end();
  });
}

function said(finding: Finding, document: Document): string {
  const { node, input } = finding;
  if (node === undefined) return plainly(finding);
  const type = document.nodes[node]?.type ?? "";
  const title = document.nodes[node]?.title ?? useCatalogue.getState().catalogue.nodes[type]?.title ?? node;
  return `${title}${input === undefined ? "" : `, ${input}`}: ${plainly(finding)}`;
}
