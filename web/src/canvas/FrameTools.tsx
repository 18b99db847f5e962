/** What can be done with what is selected, floating above it: colours of groups and notes, alignment of nodes. */

import { NodeToolbar, Position } from "@xyflow/react";

import { COLORS, isGroup, isNote, setFrame } from "../model/frames";
import { edit } from "../state/documents";
import { useSelection } from "../state/selection";
import { useDocument } from "./active";

export function FrameTools() {
  const ids = useSelection((selection) => selection.ids);
  const [only] = ids;
  const frame = ids.size === 1 && only !== undefined && (isGroup(only) || isNote(only)) ? only : undefined;
  return frame === undefined ? null : <Colors id={frame} />;
}

function Colors({ id }: { id: string }) {
  const color = useDocument(({ layout }) => (layout.groups[id] ?? layout.notes[id])?.color);
  return (
    <NodeToolbar nodeId={id} isVisible position={Position.Top} className="colors" role="radiogroup" aria-label="Colour">
      {COLORS.map((each) => (
        <button
          key={each}
          type="button"
          role="radio"
          aria-checked={each === color}
          aria-label={each}
          title={each}
          className={`colors__one paint--${each}`}
          onClick={() => edit("Colour", (document) => setFrame(document, id, { color: each }))}
        />
      ))}
    </NodeToolbar>
  );
}
