/** A dialog on top of everything: the browser keeps the focus within it, and Escape closes it. */

import { useEffect, useId, useRef, type ReactNode } from "react";
import { classes } from "./classes";
import { IconButton } from "./IconButton";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the bottom, the main one last. */
  footer?: ReactNode;
  /** What stands beside the title. */
  tools?: ReactNode;
  size?: "small" | "medium" | "large" | "full";
  className?: string;
}

export function Dialog({ title, onClose, children, footer, tools, size = "medium", className }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element !== null && !element.open) {
      element.showModal();
      begin(element);
    }
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // A press beside the dialog is what the dialog element itself receives; the keyboard has Escape for it.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className={classes("dialog", `dialog--${size}`, className)}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="dialog__box">
        <header className="dialog__head">
          <h2 id={id}>{title}</h2>
          <div className="dialog__tools">
            {tools}
            <IconButton label="Close" icon="close" onClick={onClose} />
          </div>
        </header>
        <div className="dialog__body">{children}</div>
        {footer !== undefined && <footer className="dialog__foot">{footer}</footer>}
      </div>
    </dialog>
  );
}

const FIRST = ["[data-autofocus]", ".dialog__body :is(input, textarea, select, button, a, canvas)", ".dialog__foot button:last-child"];

/** Puts the focus on what the dialog is about, not on the button that closes it. */
function begin(dialog: HTMLDialogElement) {
  const able = (selector: string) => [...dialog.querySelectorAll<HTMLElement>(selector)].find((each) => !each.matches(":disabled, [hidden]"));
  const target = FIRST.map(able).find((each) => each !== undefined);
  const body = dialog.querySelector<HTMLElement>(".dialog__body");
  if (target === undefined || body?.contains(target) === false) {
    // Nothing in it takes the focus, so it does itself: the arrow keys scroll it.
    if (body !== null) body.tabIndex = 0;
  }
  (target ?? body)?.focus();
}
