/** Run, how many times, and stop. */

import { useShallow } from "zustand/react/shallow";

import { COMMANDS, shortcut } from "../keys";
import { perform } from "../state/commands";
import { useConnection } from "../state/connection";
import { useDocuments } from "../state/documents";
import { showDialog } from "../state/panels";
import { run } from "../state/running";
import { isOver } from "../state/run";
import { shownRun, useRuns } from "../state/runs";
import { useSelection } from "../state/selection";
import { MOST_RUNS, set, useSettings } from "../state/settings";
import { Button, IconButton, Menu, type MenuEntry, Tooltip } from "../ui";

export function RunControls() {
  const count = useSettings((state) => state.count);
  const active = useDocuments((state) => state.active);
  const { busy, cancelling } = useRuns(
    useShallow((state) => {
      const summary = shownRun(state, active)?.summary;
      return { busy: summary !== undefined && !isOver(summary), cancelling: summary?.cancelling === true };
    }),
  );
  const connected = useConnection(({ state }) => state === "open");
  const items = (): readonly MenuEntry[] => [
    { label: COMMANDS.runFirst.label, icon: "play", shortcut: shortcut("runFirst"), onSelect: () => perform("runFirst") },
    {
      label: COMMANDS.runSelected.label,
      icon: "play",
      shortcut: shortcut("runSelected"),
      disabled: useSelection.getState().ids.size === 0,
      hint: useSelection.getState().ids.size === 0 ? "Select a node first" : undefined,
      onSelect: () => perform("runSelected"),
    },
    { label: "Sweep over values…", icon: "sweep", onSelect: () => showDialog({ what: "sweep" }) },
  ];
  return (
    <div className="run" role="group" aria-label="Run">
      {busy && (
        <Button icon="stop" busy={cancelling} className="run__cancel" onClick={() => perform("cancel")}>
          {cancelling ? "Cancelling" : "Cancel"}
        </Button>
      )}
      <Tooltip text="How many runs, each with another seed">
        <label className="run__count">
          <span aria-hidden="true">×</span>
          <input
            type="number"
            aria-label="Number of runs"
            min={1}
            max={MOST_RUNS}
            value={count}
            onChange={({ currentTarget }) => {
              const wanted = currentTarget.valueAsNumber;
              if (wanted >= 1 && wanted <= MOST_RUNS) set({ count: Math.round(wanted) });
            }}
          />
        </label>
      </Tooltip>
      <div className="run__split">
        <Tooltip text="Run" shortcut={shortcut("run")}>
          <Button kind="primary" icon="play" disabled={!connected} onClick={() => void run({ count })}>
            Run
          </Button>
        </Tooltip>
        <Menu
          label="Run otherwise"
          items={items}
          renderButton={(trigger) => <IconButton label="More ways to run" icon="chevron-down" className="run__more" disabled={!connected} {...trigger} />}
        />
      </div>
    </div>
  );
}
