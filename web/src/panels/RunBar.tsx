/** How the run that the document in front shows goes: a line under the bar, and the words for it. */

import { useCatalogue } from "../state/catalogue";
import { activeTab, useDocuments } from "../state/documents";
import { useQueue } from "../state/queue";
import { current, fraction, isOver, type LiveRun } from "../state/run";
import { shownRun, useRuns } from "../state/runs";
import { Progress } from "../ui";
import { count, duration } from "./amounts";

export function RunBar() {
  const active = useDocuments((state) => state.active);
  const run = useRuns((state) => shownRun(state, active));
  const at = run === undefined ? null : current(run);
  const node = useDocuments((state) => (at === null ? undefined : activeTab(state).document.nodes[at.id]));
  const type = useCatalogue(({ catalogue }) => (at === null ? undefined : catalogue.nodes[at.node.type]));
  const title = at === null ? "" : (node?.title ?? type?.title ?? at.id);
  const before = useQueue(({ waiting, active: running }) => {
    const place = waiting.findIndex(({ id }) => id === run?.summary.id);
    return place < 0 ? 0 : place + running.length;
  });
  return (
    <div className="runbar">
      <div className="runbar__words" aria-hidden="true">
        {run === undefined ? "" : words(run, title, before) + left(run)}
      </div>
      {/* What is read out says nothing of the seconds, which change all the time. */}
      <div className="visually-hidden" role="status">
        {run === undefined ? "" : words(run, title, before)}
      </div>
      {run !== undefined && !isOver(run.summary) && (
        <div className="runbar__line">
          <Progress label="The run" value={run.summary.state === "running" ? fraction(run) : undefined} />
        </div>
      )}
    </div>
  );
}

/** What is said of a run. `title` is that of the node that it is at, `before` are the runs that go first. */
export function words(run: LiveRun, title: string, before = 0): string {
  const { state, seconds, cancelling } = run.summary;
  if (cancelling) return "Cancelling";
  switch (state) {
    case "queued":
      return before === 0 ? "Waits to begin" : `Waits, ${before} before it`;
    case "running":
      return title === "" ? "Running" : `Running ${title}`;
    case "succeeded":
      return `Done${seconds === null || nothing(run) ? "" : ` in ${duration(seconds)}`}${ran(run)}`;
    case "failed":
      return "Failed";
    default:
      return "Cancelled";
  }
}

function ran(run: LiveRun): string {
  const states = Object.values(run.nodes).map(({ state }) => state);
  const done = states.filter((state) => state === "done").length;
  if (nothing(run)) return ", nothing had to run again";
  return done === states.length ? "" : `, ${done} of ${count(states.length, "node")} ran`;
}

/** Whether every result was there already. */
function nothing(run: LiveRun): boolean {
  return Object.values(run.nodes).every(({ state }) => state !== "done");
}

function left(run: LiveRun): string {
  if (run.summary.cancelling) return "";
  const seconds = current(run)?.node.progress?.left ?? null;
  return seconds === null ? "" : ` · ${duration(seconds)} left`;
}
