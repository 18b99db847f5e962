/** A button that is an icon; its label is read out, and shown as a tooltip together with its shortcut. */

import type { ComponentProps } from "react";
import { classes } from "./classes";
import { Icon, type IconName } from "./icons";
import { Tooltip } from "./Tooltip";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children" | "aria-label"> {
  label: string;
  icon: IconName;
  shortcut?: string | undefined;
  /** A button that stays pressed says which it is. */
  pressed?: boolean | undefined;
  size?: "small" | "medium" | "large";
}

export function IconButton({ label, icon, shortcut, pressed, size = "medium", className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut}>
      <button
        type="button"
        className={classes("icon-button", `icon-button--${size}`, pressed === true && "icon-button--pressed", className)}
        aria-label={label}
        aria-pressed={pressed}
        {...rest}
      >
        <Icon name={icon} size={size === "small" ? 14 : 16} />
      </button>
    </Tooltip>
  );
}
