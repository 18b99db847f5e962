/** A word about what is under the pointer or has the focus. */

import { cloneElement, useEffect, useId, useRef, useState, type HTMLAttributes, type ReactElement, type RefObject } from "react";
import { createPortal } from "react-dom";
import { Kbd } from "./Kbd";
import { layerOf, placed } from "./layer";
import { usePlace } from "./usePlace";

const PATIENCE = 450;

export interface TooltipProps {
  text: string;
  shortcut?: string | undefined;
  /** The text says more than the label does, so it is read out too. */
  describes?: boolean;
  children: ReactElement<HTMLAttributes<HTMLElement>>;
}

export function Tooltip({ text, shortcut, describes = false, children }: TooltipProps) {
  const id = useId();
  const anchor = useRef<HTMLElement>(null);
  const timer = useRef(0);
  const [open, setOpen] = useState(false);
  const { props } = children;

  const show = (target: HTMLElement, wait: number) => {
    anchor.current = target;
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setOpen(true), wait);
  };
  const hide = () => {
    window.clearTimeout(timer.current);
    setOpen(false);
  };
  useEffect(() => () => window.clearTimeout(timer.current), []);

  const target = cloneElement(children, {
    onPointerEnter: (event) => {
      props.onPointerEnter?.(event);
      if (event.pointerType === "mouse") show(event.currentTarget, PATIENCE);
    },
    onPointerLeave: (event) => {
      props.onPointerLeave?.(event);
      hide();
    },
    onPointerDown: (event) => {
      props.onPointerDown?.(event);
      hide();
    },
    onFocus: (event) => {
      props.onFocus?.(event);
      if (event.currentTarget.matches(":focus-visible")) show(event.currentTarget, PATIENCE);
    },
    onBlur: (event) => {
      props.onBlur?.(event);
      hide();
    },
    ...(describes && open ? { "aria-describedby": id } : {}),
  });
  return (
    <>
      {target}
      {open && <Bubble id={id} text={text} shortcut={shortcut} anchor={anchor} describes={describes} />}
    </>
  );
}

interface BubbleProps {
  id: string;
  text: string;
  shortcut: string | undefined;
  anchor: RefObject<HTMLElement | null>;
  describes: boolean;
}

function Bubble({ id, text, shortcut, anchor, describes }: BubbleProps) {
  const part = useRef<HTMLDivElement>(null);
  const at = usePlace(() => anchor.current?.getBoundingClientRect(), part);
  return createPortal(
    <div className="tooltip" id={id} ref={part} role="tooltip" aria-hidden={!describes} style={placed(at)}>
      {text}
      {shortcut !== undefined && <Kbd keys={shortcut} />}
    </div>,
    layerOf(anchor.current),
  );
}
