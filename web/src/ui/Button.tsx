/** A button with words on it. */

import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes";
import { Icon, type IconName } from "./icons";

export type ButtonKind = "plain" | "primary" | "quiet" | "danger";

export interface ButtonProps extends ComponentProps<"button"> {
  kind?: ButtonKind;
  size?: "small" | "medium" | "large";
  icon?: IconName | undefined;
  /** Something is under way: the button shows it, and takes no press. */
  busy?: boolean;
  children?: ReactNode;
}

export function Button({
  kind = "plain",
  size = "medium",
  icon,
  busy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  const names = classes("button", `button--${kind}`, `button--${size}`, busy && "button--busy", className);
  return (
    <button type="button" className={names} disabled={disabled === true || busy} aria-busy={busy || undefined} {...rest}>
      {busy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children !== undefined && <span className="button__text">{children}</span>}
    </button>
  );
}
