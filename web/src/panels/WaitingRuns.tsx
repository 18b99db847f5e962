/** The runs that wait, in their order: to be dragged, or moved by buttons. */

import { type DragEvent, useState } from "react";

import type { RunSummary } from "../api/schema";
import { move } from "../state/queue";
import { complain } from "../state/running";
import { classes, Icon, IconButton } from "../ui";
import { named } from "./QueueRuns";

interface WaitingRunsProps {
  runs: readonly RunSummary[];
  /** How many wait in all; only the first are listed. */
  queued: number;
  onCancel: (run: RunSummary) => void;
}

export function WaitingRuns({ runs, queued, onCancel }: WaitingRunsProps) {
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const end = (): void => {
    setDragged(null);
    setOver(null);
  };
  const drop = (event: DragEvent, at: number): void => {
    event.preventDefault();
    const from = runs.findIndex(({ id }) => id === dragged);
    if (from >= 0 && from !== at) put(runs, from, at);
    end();
  };
  return (
    <section aria-label="Waiting">
      <h3 className="queue__heading">Waiting</h3>
      <ol className="queue__list">
        {runs.map((run, at) => (
          // Dragging is for the pointer; the keyboard has the buttons.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <li
            key={run.id}
            className={classes("queue__run", dragged === run.id && "queue__run--dragged", over === at && "queue__run--over")}
            draggable
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = "move";
              setDragged(run.id);
            }}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(at);
            }}
            onDragEnd={end}
            onDrop={(event) => drop(event, at)}
          >
            <WaitingRun run={run} at={at} last={runs.length - 1} onMove={(to) => put(runs, at, to)} onCancel={() => onCancel(run)} />
          </li>
        ))}
      </ol>
      {queued > runs.length && <p className="queue__more">and {queued - runs.length} more</p>}
    </section>
  );
}

interface WaitingRunProps {
  run: RunSummary;
  at: number;
  last: number;
  onMove: (to: number) => void;
  onCancel: () => void;
}

function WaitingRun({ run, at, last, onMove, onCancel }: WaitingRunProps) {
  const { title, difference, name } = named(run);
  return (
    <>
      <Icon name="grip" size={14} className="queue__grip" />
      <span className="queue__place">{at + 1}</span>
      <span className="queue__what">
        <span className="queue__title">{title}</span>
        {difference !== undefined && <span className="queue__detail">{difference}</span>}
      </span>
      <span className="queue__tools-of-run">
        <IconButton label={`Move ${name} up`} icon="arrow-up" size="small" disabled={at === 0} onClick={() => onMove(at - 1)} />
        <IconButton label={`Move ${name} down`} icon="arrow-down" size="small" disabled={at === last} onClick={() => onMove(at + 1)} />
        <IconButton label={`Cancel ${name}`} icon="close" size="small" onClick={onCancel} />
      </span>
    </>
  );
}

/** Put the run at a place where another one is. */
function put(runs: readonly RunSummary[], from: number, to: number): void {
  const [run, anchor] = [runs[from], runs[to]];
  if (run === undefined || anchor === undefined) return;
  move(run.id, to < from ? "before" : "after", anchor.id).catch((error: unknown) => complain("It could not be moved", error));
}
