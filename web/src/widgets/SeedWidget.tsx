/** A seed: a number, or left open and drawn anew for every run, or one more after each run. */

import { useState } from "react";
import { IconButton } from "../ui/IconButton";
import type { IconName } from "../ui/icons";
import { Menu } from "../ui/Menu";
import type { MenuEntry } from "../ui/menuItems";
import type { WidgetProps } from "./contract";
import { NumberField } from "./NumberField";
import { limitsOf, shown } from "./numbers";
import { drawSeed } from "./seeds";

type Mode = "fixed" | "random" | "increment";

const MODES: Record<Mode, { icon: IconName; label: string; hint: string }> = {
  fixed: { icon: "pin", label: "Fixed", hint: "The same picture every time" },
  random: { icon: "dice", label: "Random", hint: "Another one for every run" },
  increment: { icon: "repeat", label: "Increment", hint: "One more after every run" },
};

export function SeedWidget({ id, port, value, onChange, disabled, invalid, describedBy, context }: WidgetProps) {
  const limits = limitsOf(port.schema ?? {}, port);
  const [, refresh] = useState(0);
  const mode: Mode = value === null ? "random" : (context.seedMode?.() ?? "fixed");
  const last = context.lastSeed();

  const fix = () => (value === null ? onChange(last ?? drawSeed(limits)) : undefined);
  const choose = (next: Mode) => {
    if (next === "random") onChange(null);
    else {
      context.setSeedMode?.(next);
      fix();
    }
    refresh((count) => count + 1);
  };
  const items = (): MenuEntry[] => [
    ...(Object.keys(MODES) as Mode[])
      .filter((each) => each !== "increment" || context.setSeedMode !== undefined)
      .map((each) => ({
        label: MODES[each].label,
        hint: MODES[each].hint,
        icon: MODES[each].icon,
        checked: each === mode,
        onSelect: () => choose(each),
      })),
    "separator",
    {
      label: "Use the last one",
      hint: last === undefined ? "Nothing was run yet" : shown(last),
      icon: "history",
      disabled: last === undefined,
      onSelect: () => last !== undefined && onChange(last),
    },
  ];
  return (
    <div className="seed nodrag">
      <NumberField
        id={id}
        label={port.title}
        value={value}
        limits={limits}
        onChange={onChange}
        disabled={disabled}
        invalid={invalid}
        describedBy={describedBy}
        placeholder={last === undefined ? "random" : `random, last ${shown(last)}`}
      />
      {mode !== "random" && (
        <IconButton label="New seed" icon="dice" disabled={disabled} onClick={() => onChange(drawSeed(limits))} />
      )}
      <Menu
        label={`${port.title}: what becomes of it`}
        items={items}
        renderButton={(button) => (
          <IconButton label={`Seed: ${MODES[mode].label.toLowerCase()}`} icon={MODES[mode].icon} disabled={disabled} {...button} />
        )}
      />
    </div>
  );
}
