/** The tools of a mask's painter. */

import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { done, redo, undo, type Deed, type Painting } from "./strokes";

export interface BrushState {
  size: number;
  kind: "paint" | "erase";
}

export interface MaskToolsProps {
  brush: BrushState;
  painting: Painting;
  onBrush: (brush: BrushState) => void;
  onPainting: (painting: Painting) => void;
}

export function MaskTools({ brush, painting, onBrush, onPainting }: MaskToolsProps) {
  const act = (kind: "clear" | "fill" | "invert") => onPainting(done(painting, { kind } satisfies Deed));
  return (
    <div className="mask-tools" role="toolbar" aria-label="Tools">
      <IconButton label="Paint" shortcut="B" icon="brush" pressed={brush.kind === "paint"} onClick={() => onBrush({ ...brush, kind: "paint" })} />
      <IconButton label="Erase" shortcut="E" icon="eraser" pressed={brush.kind === "erase"} onClick={() => onBrush({ ...brush, kind: "erase" })} />
      <label className="mask-tools__size">
        Brush
        <input
          type="range"
          min={1}
          max={512}
          value={brush.size}
          aria-label="Brush size in pixels"
          onChange={(event) => onBrush({ ...brush, size: Number(event.target.value) })}
        />
        <output>{brush.size} px</output>
      </label>
      <span className="mask-tools__gap" />
      <IconButton label="Undo" shortcut="Ctrl+Z" icon="undo" disabled={painting.deeds.length === 0} onClick={() => onPainting(undo(painting))} />
      <IconButton label="Redo" shortcut="Ctrl+Y" icon="redo" disabled={painting.undone.length === 0} onClick={() => onPainting(redo(painting))} />
      <Button size="small" icon="invert" onClick={() => act("invert")}>
        Invert
      </Button>
      <Button size="small" onClick={() => act("fill")}>
        Fill
      </Button>
      <Button size="small" icon="trash" onClick={() => act("clear")}>
        Clear
      </Button>
    </div>
  );
}
