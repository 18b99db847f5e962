/** The panel at the side: the queue, the gallery, what is wrong, or the plugins. */

import type { ComponentType } from "react";

import { type PanelName, showPanel, usePanels } from "../state/panels";
import { set, useSettings } from "../state/settings";
import { IconButton, Splitter } from "../ui";
import { GalleryPanel } from "./GalleryPanel";
import { PluginsPanel } from "./PluginsPanel";
import { ProblemsPanel } from "./ProblemsPanel";
import { QueuePanel } from "./QueuePanel";

const PANELS: Readonly<Record<PanelName, { title: string; Content: ComponentType }>> = {
  queue: { title: "Queue", Content: QueuePanel },
  gallery: { title: "Gallery", Content: GalleryPanel },
  problems: { title: "Problems", Content: ProblemsPanel },
  plugins: { title: "Plugins", Content: PluginsPanel },
};

const USUAL = 320;

export function SidePanel() {
  const panel = usePanels((state) => state.panel);
  const width = useSettings((state) => state.panelWidth);
  if (panel === null) return null;
  const { title, Content } = PANELS[panel];
  return (
    <aside className="side-room" aria-label={title}>
      <Splitter
        label={`Width of the ${title.toLowerCase()}`}
        orientation="vertical"
        value={width}
        min={240}
        max={720}
        usual={USUAL}
        after
        onChange={(panelWidth) => set({ panelWidth })}
      />
      <div className="side" style={{ width }}>
        <header className="side__head">
          <h2>{title}</h2>
          <IconButton label={`Close the ${title.toLowerCase()}`} icon="close" onClick={() => showPanel(null)} />
        </header>
        <Content />
      </div>
    </aside>
  );
}
