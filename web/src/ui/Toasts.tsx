/** The short messages, in a corner of the page. */

import { useSyncExternalStore } from "react";
import { Button } from "./Button";
import { IconButton } from "./IconButton";
import { Icon, type IconName } from "./icons";
import { dismiss, toasts, watchToasts, type Toast, type ToastKind } from "./messages";

const ICONS: Record<ToastKind, IconName> = { info: "info", good: "check", warning: "warning", error: "error" };

export function Toasts() {
  const shown = useSyncExternalStore(watchToasts, toasts);
  return (
    <section className="toasts" aria-label="Messages">
      <div role="status">{shown.filter(({ kind }) => kind !== "error").map((each) => one(each))}</div>
      <div role="alert">{shown.filter(({ kind }) => kind === "error").map((each) => one(each))}</div>
    </section>
  );
}

function one({ id, kind, text, detail, action }: Toast) {
  return (
    <div key={id} className={`toast toast--${kind}`}>
      <Icon name={ICONS[kind]} />
      <div className="toast__words">
        <p>{text}</p>
        {detail !== undefined && <p className="toast__detail">{detail}</p>}
      </div>
      {action && (
        <Button
          size="small"
          kind="quiet"
          onClick={() => {
            dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton size="small" label="Dismiss" icon="close" onClick={() => dismiss(id)} />
    </div>
  );
}
