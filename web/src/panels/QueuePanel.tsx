/** The queue: what runs, what waits and in which order, what has ended lately. */

import { clearRuns, deleteRun, retryRun } from "../api/runs";
import { cancelAll, pauseQueue, resumeQueue } from "../api/queue";
import type { RunSummary } from "../api/schema";
import { activeTab } from "../state/documents";
import { readQueue, useQueue } from "../state/queue";
import { complain } from "../state/running";
import { cancel, ownerOf, show, useRuns } from "../state/runs";
import { openGraphOf } from "../state/saving";
import { activate } from "../state/documents";
import { Button, Empty, IconButton, Menu } from "../ui";
import { count } from "./amounts";
import { ActiveRun, EndedRun } from "./QueueRuns";
import { WaitingRuns } from "./WaitingRuns";

export function QueuePanel() {
  const { loaded, paused, active, waiting, ended, queued, workers } = useQueue();
  const broken = workers.filter(({ state }) => state === "stopped");
  if (!loaded) return <div className="side__body" aria-busy="true" />;
  return (
    <div className="side__body queue">
      <div className="queue__tools">
        <p className="queue__count">{paused ? "Paused" : summary(active.length, queued)}</p>
        <Button size="small" icon={paused ? "play" : "pause"} onClick={() => doing(paused ? resumeQueue() : pauseQueue(), "The queue stays as it is")}>
          {paused ? "Resume" : "Pause"}
        </Button>
        <Menu
          label="Queue"
          items={[
            {
              label: "Cancel all runs",
              icon: "stop",
              danger: true,
              disabled: active.length + queued === 0,
              onSelect: () => doing(cancelAll(), "They could not be cancelled"),
            },
            {
              label: "Forget all that have ended",
              icon: "trash",
              hint: "What they made stays",
              disabled: ended.length === 0,
              onSelect: () => doing(clearRuns(), "They could not be forgotten"),
            },
          ]}
          renderButton={(trigger) => <IconButton label="More for the queue" icon="more" {...trigger} />}
        />
      </div>
      {broken.map(({ name, last_error }) => (
        <p key={name} className="queue__worker" role="alert">
          The worker {name} has stopped{last_error === null ? "" : `: ${last_error}`}
        </p>
      ))}
      {active.length + waiting.length + ended.length === 0 && (
        <Empty icon="queue" title="Nothing was run yet">
          What you run stands here, in the order in which it will be done.
        </Empty>
      )}
      {active.map((run) => (
        <ActiveRun key={run.id} run={run} onShow={() => showRun(run)} onCancel={() => doing(cancel(run.id), "It could not be cancelled")} />
      ))}
      {waiting.length > 0 && <WaitingRuns runs={waiting} queued={queued} onCancel={(run) => doing(cancel(run.id), "It could not be cancelled")} />}
      {ended.length > 0 && (
        <section aria-label="Ended">
          <h3 className="queue__heading">Ended</h3>
          <ul className="queue__list">
            {ended.map((run) => (
              <EndedRun
                key={run.id}
                run={run}
                onShow={() => showRun(run)}
                onRetry={() => doing(retryRun(run.id), "It could not be run again")}
                onForget={() => doing(deleteRun(run.id), "It could not be forgotten")}
              />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function summary(running: number, waiting: number): string {
  if (running + waiting === 0) return "Nothing to do";
  return [running > 0 ? `${running} running` : "", waiting > 0 ? `${count(waiting, "waits", "wait")}` : ""].filter(Boolean).join(", ");
}

/** Show a run in the document that it came from; a run of another page in a document of its own. */
function showRun(run: RunSummary): void {
  const owner = ownerOf(useRuns.getState(), run.id);
  if (owner !== undefined) {
    activate(owner);
    show(owner, run.id);
    return;
  }
  void openGraphOf(run.id, run.tags[0] ?? run.name ?? "Run").then(() => show(activeTab().id, run.id));
}

async function doing(work: Promise<unknown>, otherwise: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    complain(otherwise, error);
  }
  await readQueue();
}
