/** The canvas: the document in front, and what floats over it. */

import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useRef } from "react";

import { useDocuments } from "../state/documents";
import { useCatalog } from "./active";
import { CanvasHint } from "./CanvasHint";
import { CanvasMenu } from "./CanvasMenu";
import { ConnectTo } from "./ConnectTo";
import { followDocument, useFlow } from "./flow";
import { fittingStyle } from "./gestures";
import { Legend } from "./Legend";
import { Palette } from "./Palette";
import { Surface } from "./Surface";
import { useCanvasCommands } from "./useCanvasCommands";
import { useScreen } from "./useScreen";
import { useSheet } from "./useSheet";
import { show, useView } from "./view";

export function Canvas() {
  const active = useDocuments((state) => state.active);
  return (
    <ReactFlowProvider key={active}>
      <CanvasOf tab={active} />
    </ReactFlowProvider>
  );
}

/** What is open over one document is not open over the next. */
const CLOSED = { palette: null, menu: null, connecting: null, renaming: null, begun: null, look: null };

function CanvasOf({ tab }: { tab: string }) {
  const pane = useRef<HTMLDivElement>(null);
  const isDrawn = useFlow((flow) => flow.tab === tab);
  const isEmpty = useFlow(({ nodes }) => nodes.length === 0);
  const far = useView((view) => view.far);
  const begun = useView((view) => view.begun);
  const catalogue = useCatalog();
  const screen = useScreen(pane);
  useEffect(() => followDocument(), []);
  useEffect(() => () => show(CLOSED), []);
  useCanvasCommands(pane, screen);
  useSheet(begun === null ? "" : fittingStyle(begun));
  return (
    <div ref={pane} className={begun === null ? "canvas" : `canvas canvas--linking-${begun.side}`} data-far={far || undefined}>
      {isDrawn && <Surface tab={tab} screen={screen} pane={pane} />}
      <CanvasHint empty={isDrawn && isEmpty} ready={Object.keys(catalogue.nodes).length > 0} />
      <Legend />
      <Palette />
      <ConnectTo />
      <CanvasMenu toCanvas={screen.toCanvas} />
    </div>
  );
}
