/** Between the screen and the canvas: where a point lies, and what opens there. */

import { useReactFlow } from "@xyflow/react";
import { type MouseEvent as ReactMouseEvent, type RefObject, useMemo } from "react";

import type { Point } from "../model/arrangement";
import { select, useSelection } from "../state/selection";
import { type Begun, type MenuRequest, show } from "./view";

export interface Screen {
  /** The point of the canvas that lies at a point of the screen. */
  readonly toCanvas: (x: number, y: number) => Point;
  /** The point of the screen where something new is best seen. */
  readonly center: () => { readonly x: number; readonly y: number };
  /** Open the palette at a point of the screen, for a node that is linked to what was begun. */
  readonly addAt: (x: number, y: number, begun?: Begun) => void;
  readonly menuAt: (event: ReactMouseEvent | MouseEvent, of: MenuRequest["of"]) => void;
}

export function useScreen(pane: RefObject<HTMLDivElement | null>): Screen {
  const flow = useReactFlow();
  return useMemo(() => {
    const toCanvas = (x: number, y: number): Point => {
      const at = flow.screenToFlowPosition({ x, y });
      return [Math.round(at.x), Math.round(at.y)];
    };
    return {
      toCanvas,
      center: () => {
        const { left = 0, top = 0, width = 0, height = 0 } = pane.current?.getBoundingClientRect() ?? {};
        return { x: left + width / 2, y: top + height / 3 };
      },
      addAt: (x, y, begun) => show({ palette: { at: toCanvas(x, y), screen: { x, y }, ...(begun && { begun }) }, begun: null }),
      menuAt: (event, of) => {
        event.preventDefault();
        const { clientX: x, clientY: y } = event;
        if (of !== null && "id" in of && !useSelection.getState().ids.has(of.id)) select([of.id]);
        show({ menu: { x, y, of, at: toCanvas(x, y) } });
      },
    };
  }, [flow, pane]);
}
