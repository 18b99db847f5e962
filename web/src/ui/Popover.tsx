/** A part that floats beside its anchor until something else is pressed. */

import { useRef, type ReactNode, type RefObject } from "react";
import { createPortal } from "react-dom";
import { classes } from "./classes";
import { layerOf, placed } from "./layer";
import { useDismiss } from "./useDismiss";
import { usePlace } from "./usePlace";

export interface PopoverProps {
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ReactNode;
  className?: string;
  /** At least as wide as its anchor. */
  wide?: boolean;
  label?: string;
}

export function Popover({ anchor, onClose, children, className, wide = false, label }: PopoverProps) {
  const part = useRef<HTMLDivElement>(null);
  const at = usePlace(() => anchor.current?.getBoundingClientRect(), part);
  useDismiss([part, anchor], onClose);
  const width = wide ? anchor.current?.getBoundingClientRect().width : undefined;
  return createPortal(
    <div
      ref={part}
      className={classes("popover", className)}
      role={label === undefined ? undefined : "dialog"}
      aria-label={label}
      style={{ ...placed(at), minWidth: width }}
    >
      {children}
    </div>,
    layerOf(anchor.current),
  );
}
