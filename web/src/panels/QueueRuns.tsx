/** A run as the queue shows it while it runs, and when it has ended. */

import type { RunSummary } from "../api/schema";
import { words as inWords } from "../model/traits";
import { useCatalogue } from "../state/catalogue";
import { current, fraction, isOver } from "../state/run";
import { useRuns } from "../state/runs";
import { Icon, IconButton, type IconName, Progress } from "../ui";
import { ago, duration } from "./amounts";
import { words } from "./RunBar";
import { useNow } from "./useNow";

interface Named {
  readonly title: string;
  /** What tells it from others of its graph. */
  readonly difference: string | undefined;
  /** Both, for a reader who sees no list. */
  readonly name: string;
}

export function named(run: RunSummary): Named {
  const title = run.tags[0] ?? run.name ?? "A graph";
  const difference = inWords(run.traits);
  return difference === "" ? { title, difference: undefined, name: title } : { title, difference, name: `${title}, ${difference}` };
}

interface ActiveRunProps {
  run: RunSummary;
  onShow: () => void;
  onCancel: () => void;
}

export function ActiveRun({ run, onShow, onCancel }: ActiveRunProps) {
  const now = useNow(1000);
  const { title, difference, name } = named(run);
  const live = useRuns((state) => state.live[run.id]);
  const at = live === undefined ? null : current(live);
  const node = useCatalogue(({ catalogue }) => (at === null ? "" : (catalogue.nodes[at.node.type]?.title ?? at.id)));
  const over = live !== undefined && isOver(live.summary);
  const since = run.started === null || over ? "" : ` · ${duration(Math.max(0, now - run.started))}`;
  return (
    <div className="queue__run queue__run--active">
      <button type="button" className="queue__open" onClick={onShow}>
        <span className="queue__title">{title}</span>
        <span className="queue__detail">
          {difference !== undefined && `${difference} · `}
          {live === undefined ? "Running" : words(live, node)}
          {since}
        </span>
      </button>
      <IconButton label={`Cancel ${name}`} icon="stop" disabled={run.cancelling} onClick={onCancel} />
      <Progress label={name} value={live === undefined ? undefined : fraction(live)} />
    </div>
  );
}

const MARKS: Readonly<Record<string, readonly [IconName, string, string]>> = {
  succeeded: ["check", "Done", "good"],
  failed: ["error", "Failed", "bad"],
  cancelled: ["stop", "Cancelled", "soft"],
};

interface EndedRunProps {
  run: RunSummary;
  onShow: () => void;
  onRetry: () => void;
  onForget: () => void;
}

export function EndedRun({ run, onShow, onRetry, onForget }: EndedRunProps) {
  const now = useNow(30_000);
  const { title, difference, name } = named(run);
  const [icon, label, kind] = MARKS[run.state] ?? ["info", run.state, "soft"];
  const took = run.seconds === null ? "" : ` in ${duration(run.seconds)}`;
  const when = run.finished === null ? "" : ago(run.finished, now);
  return (
    <li className="queue__run">
      <button type="button" className="queue__open" onClick={onShow} title={run.error?.message}>
        <span className="queue__title">
          <span className={`queue__mark queue__mark--${kind}`} role="img" aria-label={label}>
            <Icon name={icon} size={14} />
          </span>
          {title}
        </span>
        <span className="queue__detail">
          {difference !== undefined && `${difference} · `}
          {run.error === null ? `${label}${took}` : run.error.message}
        </span>
      </button>
      <span className="queue__when">{when}</span>
      <span className="queue__tools-of-run">
        <IconButton label={`Run ${name} again`} icon="repeat" size="small" onClick={onRetry} />
        <IconButton label={`Forget ${name}`} icon="trash" size="small" onClick={onForget} />
      </span>
    </li>
  );
}
