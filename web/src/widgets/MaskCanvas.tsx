/** The picture, the mask over it, and the brush that paints it: by mouse, pen, finger or keyboard. */

import { useEffect, useEffectEvent, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from "react";
import { drawMask, type Loaded } from "./maskPicture";
import type { BrushState } from "./MaskTools";
import { draw, drawn, inside, within, type Painting, type Spot, type Stroke } from "./strokes";

export interface MaskCanvasProps {
  loaded: Loaded;
  painting: Painting;
  brush: BrushState;
  onStroke: (stroke: Stroke) => void;
  /** Answers whether the key meant something. */
  onKey: (key: string, control: boolean, shift: boolean) => boolean;
}

const COLOR = "#ff2d6f";

const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function MaskCanvas({ loaded, painting, brush, onStroke, onKey }: MaskCanvasProps) {
  const { size, below } = loaded;
  const canvas = useRef<HTMLCanvasElement>(null);
  const stroke = useRef<Stroke>(null);
  const [at, setAt] = useState<Spot>();

  const redraw = useEffectEvent(() => {
    const context = canvas.current?.getContext("2d");
    if (context) drawMask(context, loaded, painting, COLOR);
  });
  useEffect(() => redraw(), [loaded, painting]);
  useEffect(() => canvas.current?.focus(), []);

  const spotOf = (event: PointerEvent): Spot =>
    within({ x: event.clientX, y: event.clientY }, event.currentTarget.getBoundingClientRect(), size);
  const dab = (from: Stroke, spots: readonly Spot[]): Stroke => {
    const next = spots.reduce(drawn, from);
    const context = canvas.current?.getContext("2d");
    // Only what came since the last event is drawn; the whole is drawn anew when the stroke ends.
    if (context) draw(context, { ...next, spots: next.spots.slice(Math.max(0, from.spots.length - 1)) }, size, COLOR);
    return next;
  };
  const end = () => {
    if (stroke.current !== null) onStroke(stroke.current);
    stroke.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = Math.max(1, brush.size / 4);
    const [x, y] = MOVES[event.key] ?? [0, 0];
    const from = at ?? { x: size.width / 2, y: size.height / 2 };
    if (x !== 0 || y !== 0) {
      const to = inside({ x: from.x + x * by, y: from.y + y * by }, size);
      setAt(to);
      if (event.shiftKey) onStroke({ ...brush, spots: [from, to] });
    } else if (event.key === " ") onStroke({ ...brush, spots: [from] });
    else if (!onKey(event.key.toLowerCase(), event.ctrlKey || event.metaKey, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="mask-canvas">
      <div className="mask-canvas__sheet" style={{ aspectRatio: `${size.width} / ${size.height}`, "--ratio": size.width / size.height } as CSSProperties}>
        {below !== undefined && <img src={below.src} alt="" draggable={false} />}
        <canvas
          ref={canvas}
          width={size.width}
          height={size.height}
          // Keys mean something of their own here, which is what the role says.
          // oxlint-disable-next-line jsx-a11y/no-interactive-element-to-noninteractive-role
          role="application"
          aria-label="Mask. Arrow keys move the brush, Space paints a dot, Shift with arrow keys paints a line."
          tabIndex={0}
          onPointerDown={(event) => {
            if (event.button > 0 && event.button !== 5) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            // The other end of a pen erases.
            const kind = event.button === 5 ? "erase" : brush.kind;
            stroke.current = dab({ kind, size: brush.size, spots: [] }, [spotOf(event)]);
          }}
          onPointerMove={(event) => {
            const spot = spotOf(event);
            setAt(spot);
            if (stroke.current !== null) stroke.current = dab(stroke.current, [spot]);
          }}
          onPointerUp={end}
          onPointerCancel={end}
          onPointerLeave={(event) => {
            if (event.pointerType !== "mouse" || stroke.current === null) setAt(undefined);
          }}
          onKeyDown={onKeyDown}
        />
        {at !== undefined && (
          <span
            className="mask-canvas__ring"
            style={{
              left: `${(at.x / size.width) * 100}%`,
              top: `${(at.y / size.height) * 100}%`,
              width: `${(brush.size / size.width) * 100}%`,
            }}
          />
        )}
      </div>
    </div>
  );
}
