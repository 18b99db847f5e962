/** A group: a titled frame that takes along what lies in it. */

import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo } from "react";

import { setFrame } from "../model/frames";
import { edit } from "../state/documents";
import { classes } from "../ui";
import { useDocument } from "./active";
import type { FlowNode } from "./flow";
import { TitleField } from "./NodeHead";
import { useView } from "./view";

export const GroupView = memo(function GroupView({ id, selected }: NodeProps<FlowNode>) {
  const group = useDocument(({ layout }) => layout.groups[id]);
  const renaming = useView((view) => view.renaming === id);
  if (group === undefined) return null;
  return (
    <div className={classes("group", `paint--${group.color}`, selected && "group--selected")}>
      <NodeResizer isVisible={selected} minWidth={160} minHeight={100} onResizeEnd={(_, box) => resize(id, box)} />
      <div className="group__head">
        {renaming ? (
          <TitleField
            label="Title of the group"
            value={group.title}
            onDone={(title) => edit("Rename", (document) => setFrame(document, id, { title }))}
          />
        ) : (
          <h2 className="group__title">{group.title}</h2>
        )}
      </div>
    </div>
  );
});

/** Have the document remember a frame's new box. */
export function resize(id: string, { x, y, width, height }: { x: number; y: number; width: number; height: number }): void {
  const box = { at: [Math.round(x), Math.round(y)] as const, size: [Math.round(width), Math.round(height)] as const };
  edit("Resize", (document) => setFrame(document, id, box));
}
