/** The buttons in the corner of the canvas: a new node, nearer and farther, all of it, the map, the legend. */

import { Panel, useStore } from "@xyflow/react";

import { shortcut } from "../keys";
import { perform } from "../state/commands";
import { IconButton } from "../ui";
import { show, useView } from "./view";

export function Zoom() {
  const zoom = useStore((state) => Math.round(state.transform[2] * 100));
  const boxing = useView((view) => view.boxing);
  const minimap = useView((view) => view.minimap);
  const legend = useView((view) => view.legend);
  return (
    <Panel position="bottom-left" className="zoom" role="toolbar" aria-label="View">
      <IconButton label="Add a node" icon="plus" shortcut={shortcut("palette")} onClick={() => perform("palette")} />
      <span className="zoom__boxing">
        <IconButton label="Select by dragging" icon="group" pressed={boxing} onClick={() => show({ boxing: !boxing })} />
      </span>
      <span className="zoom__line" />
      <IconButton label="Zoom out" icon="zoom-out" shortcut={shortcut("zoomOut")} onClick={() => perform("zoomOut")} />
      <span className="zoom__percent">{zoom}%</span>
      <IconButton label="Zoom in" icon="zoom-in" shortcut={shortcut("zoomIn")} onClick={() => perform("zoomIn")} />
      <IconButton label="Show all" icon="fit" shortcut={shortcut("fit")} onClick={() => perform("fit")} />
      <span className="zoom__map">
        <IconButton label="Map" icon="map" pressed={minimap} shortcut={shortcut("minimap")} onClick={() => perform("minimap")} />
      </span>
      <IconButton label="Legend of types" icon="legend" pressed={legend} shortcut={shortcut("legend")} onClick={() => perform("legend")} />
    </Panel>
  );
}
