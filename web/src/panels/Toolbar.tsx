/** The bar at the top: the menu, the open graphs, running, and the panels at the side. */

import { useShallow } from "zustand/react/shallow";

import { shortcut } from "../keys";
import { useChecks } from "../state/checks";
import { useDocuments, activeTab, nextSteps, undo, redo } from "../state/documents";
import { toggleApp, useIsApp } from "../state/modes";
import { type PanelName, togglePanel, usePanels } from "../state/panels";
import { isBroken } from "../state/pluginStates";
import { usePlugins } from "../state/plugins";
import { useQueue } from "../state/queue";
import { IconButton, type IconName } from "../ui";
import { FileMenu } from "./FileMenu";
import { RunBar } from "./RunBar";
import { RunControls } from "./RunControls";
import { Tabs } from "./Tabs";

export function Toolbar() {
  const next = useDocuments(useShallow((state) => nextSteps(activeTab(state))));
  const app = useIsApp();
  return (
    <header className="bar">
      <h1 className="visually-hidden">nodeflow</h1>
      <div className="bar__start">
        <FileMenu />
        <IconButton
          label={next.undo === undefined ? "Undo" : `Undo: ${next.undo}`}
          icon="undo"
          shortcut={shortcut("undo")}
          disabled={next.undo === undefined}
          onClick={undo}
        />
        <IconButton
          label={next.redo === undefined ? "Redo" : `Redo: ${next.redo}`}
          icon="redo"
          shortcut={shortcut("redo")}
          disabled={next.redo === undefined}
          onClick={redo}
        />
      </div>
      <Tabs />
      <RunBar />
      {/* The app view has its own. */}
      {!app && <RunControls />}
      <PanelButtons />
    </header>
  );
}

function AppButton() {
  const app = useIsApp();
  return <IconButton label={app ? "Show the graph" : "App view"} icon={app ? "graph" : "app"} shortcut={shortcut("app")} pressed={app} onClick={toggleApp} />;
}

function PanelButtons() {
  const active = useDocuments((state) => state.active);
  const waiting = useQueue(({ queued, running }) => queued + running);
  const problems = useChecks(({ of }) => of[active]?.findings.filter(({ unfinished }) => !unfinished || of[active]?.insisted).length ?? 0);
  const broken = usePlugins(({ plugins }) => plugins.filter(isBroken).length);
  return (
    <div className="bar__end" role="group" aria-label="Panels">
      <AppButton />
      <PanelButton name="queue" label="Queue" icon="queue" keys={shortcut("queue")} number={waiting} what="in the queue" />
      <PanelButton name="gallery" label="Gallery" icon="gallery" keys={shortcut("gallery")} number={0} what="" />
      <PanelButton name="problems" label="Problems" icon="warning" keys={undefined} number={problems} what="found" bad />
      <PanelButton name="plugins" label="Plugins" icon="plugin" keys={shortcut("plugins")} number={broken} what="broken" bad />
    </div>
  );
}

interface PanelButtonProps {
  name: PanelName;
  label: string;
  icon: IconName;
  keys: string | undefined;
  number: number;
  what: string;
  bad?: boolean;
}

function PanelButton({ name, label, icon, keys, number, what, bad = false }: PanelButtonProps) {
  const open = usePanels(({ panel }) => panel === name);
  return (
    <span className={`bar__badged bar__${name}`} data-number={number > 0 || undefined}>
      <IconButton
        label={number > 0 ? `${label}: ${number} ${what}` : label}
        icon={icon}
        shortcut={keys}
        pressed={open}
        onClick={() => togglePanel(name)}
      />
      {number > 0 && (
        <span className={bad ? "badge badge--bad" : "badge"} aria-hidden="true">
          {number > 99 ? "99+" : number}
        </span>
      )}
    </span>
  );
}
