/** On or off. */

import { classes } from "./classes";

export interface SwitchProps {
  id?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  label?: string;
  disabled?: boolean | undefined;
  describedBy?: string | undefined;
  className?: string;
}

export function Switch({ id, checked, onChange, label, disabled, describedBy, className }: SwitchProps) {
  return (
    <button
      id={id}
      type="button"
      role="switch"
      className={classes("switch", className)}
      aria-checked={checked}
      aria-label={label}
      aria-describedby={describedBy}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    />
  );
}
