/** A note: text on the canvas, for people. */

import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo } from "react";

import { setFrame } from "../model/frames";
import { edit } from "../state/documents";
import { classes } from "../ui";
import { useDocument } from "./active";
import type { FlowNode } from "./flow";
import { resize } from "./GroupView";
import { show, useView } from "./view";

export const NoteView = memo(function NoteView({ id, selected }: NodeProps<FlowNode>) {
  const note = useDocument(({ layout }) => layout.notes[id]);
  const writing = useView((view) => view.renaming === id);
  if (note === undefined) return null;
  return (
    <div className={classes("note", `paint--${note.color}`, selected && "note--selected")}>
      <NodeResizer isVisible={selected} minWidth={120} minHeight={60} onResizeEnd={(_, box) => resize(id, box)} />
      {writing ? (
        <textarea
          className="note__text nodrag nowheel"
          aria-label="Text of the note"
          value={note.text}
          autoFocus
          onChange={(event) => edit("Write a note", (document) => setFrame(document, id, { text: event.target.value }), `note ${id}`)}
          onBlur={() => show({ renaming: null })}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            event.currentTarget.closest<HTMLElement>(".react-flow__node")?.focus({ preventScroll: true });
          }}
        />
      ) : (
        <div className="note__text">
          {note.text === "" ? <span className="note__empty">Double-click to write</span> : note.text}
        </div>
      )}
    </div>
  );
});
