/** Menus: of a button, and at a point of the page. Arrow keys, Home, End and first letters move in them. */

import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactElement, type Ref, type RefObject } from "react";
import { createPortal } from "react-dom";
import { classes } from "./classes";
import { Icon } from "./icons";
import { Kbd } from "./Kbd";
import { layerOf, placed, type Rectangle } from "./layer";
import { moved, type MenuEntry, type MenuItem } from "./menuItems";
import { useDismiss } from "./useDismiss";
import { usePlace } from "./usePlace";

export interface MenuTrigger {
  ref: Ref<HTMLButtonElement>;
  "aria-haspopup": "menu";
  "aria-expanded": boolean;
  onClick: () => void;
}

export interface MenuProps {
  label: string;
  items: readonly MenuEntry[] | (() => readonly MenuEntry[]);
  /** Draws the button: spread what it is given onto it. */
  renderButton: (props: MenuTrigger) => ReactElement;
}

/** A button and the menu that it opens. */
export function Menu({ label, items, renderButton }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const from = button.current?.getBoundingClientRect();
  return (
    <>
      {renderButton({ ref: button, "aria-haspopup": "menu", "aria-expanded": open, onClick: () => setOpen(!open) })}
      {open && from && (
        <MenuAt
          label={label}
          anchor={from}
          within={button.current}
          items={typeof items === "function" ? items() : items}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

export interface MenuAtProps {
  label: string;
  anchor: Rectangle | { x: number; y: number };
  items: readonly MenuEntry[];
  onClose: () => void;
  /** The element that the menu belongs to: a press on it is not one beside the menu. */
  within?: HTMLElement | null;
}

/** A menu beside a rectangle or at a point; the focus goes back to where it was. */
export function MenuAt({ label, anchor, items, onClose, within = null }: MenuAtProps) {
  const part = useRef<HTMLDivElement>(null);
  const before = useRef<Element>(null);
  const opener = useRef(within);
  useEffect(() => {
    before.current ??= document.activeElement;
    part.current?.focus();
  }, []);
  const close = (refocus: boolean) => {
    const element = before.current;
    onClose();
    if (refocus && element instanceof HTMLElement && element.isConnected) element.focus({ preventScroll: true });
  };
  useDismiss([part, opener], () => close(part.current?.contains(document.activeElement) === true));
  const rectangle = "right" in anchor ? anchor : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  return createPortal(
    <MenuList label={label} ref={part} anchor={() => rectangle} entries={items} onDone={() => close(true)} />,
    layerOf(within),
  );
}

interface MenuListProps {
  label: string;
  ref: RefObject<HTMLDivElement | null>;
  anchor: () => Rectangle | undefined;
  entries: readonly MenuEntry[];
  onDone: () => void;
  /** Goes back to the menu that this one is part of. */
  onBack?: () => void;
}

function MenuList({ label, ref, anchor, entries, onDone, onBack }: MenuListProps) {
  const id = useId();
  const [at, setAt] = useState(-1);
  const [opened, setOpened] = useState(-1);
  const place = usePlace(anchor, ref, onBack === undefined ? "below" : "right");
  const inner = useRef<HTMLDivElement>(null);

  const choose = (entry: MenuEntry | undefined, index: number) => {
    if (entry === undefined || entry === "separator" || entry.disabled === true) return;
    if (entry.items) {
      setOpened(index);
      return;
    }
    onDone();
    entry.onSelect?.();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const entry = entries[at];
    const next = moved(entries, at, event.key);
    if (next !== undefined) setAt(next);
    else if (event.key === "Enter" || event.key === " ") choose(entry, at);
    else if (event.key === "ArrowRight" && entry !== undefined && entry !== "separator" && entry.items) setOpened(at);
    else if (event.key === "ArrowLeft" && onBack) onBack();
    else if (event.key === "Tab") onDone();
    else return;
    event.preventDefault();
  };

  const sub = entries[opened];
  return (
    <div
      className="menu"
      ref={ref}
      role="menu"
      aria-label={label}
      aria-activedescendant={at >= 0 ? `${id}${at}` : undefined}
      tabIndex={-1}
      style={placed(place)}
      onKeyDown={onKeyDown}
      onContextMenu={(event) => event.preventDefault()}
    >
      {entries.map((entry, index) =>
        entry === "separator" ? (
          // oxlint-disable-next-line react/no-array-index-key
          <hr key={index} className="menu__line" />
        ) : (
          <Row
            key={entry.label}
            id={`${id}${index}`}
            entry={entry}
            current={index === at}
            expanded={index === opened}
            onEnter={() => {
              setAt(entry.disabled === true ? -1 : index);
              setOpened(entry.items && entry.disabled !== true ? index : -1);
            }}
            onChoose={() => choose(entry, index)}
          />
        ),
      )}
      {sub !== undefined && sub !== "separator" && sub.items && (
        <SubMenu
          label={sub.label}
          ref={inner}
          anchor={() => document.getElementById(`${id}${opened}`)?.getBoundingClientRect()}
          entries={sub.items}
          onDone={onDone}
          onBack={() => {
            setOpened(-1);
            ref.current?.focus();
          }}
        />
      )}
    </div>
  );
}

function SubMenu(props: MenuListProps) {
  const { ref } = props;
  useEffect(() => ref.current?.focus(), [ref]);
  return <MenuList {...props} />;
}

interface RowProps {
  id: string;
  entry: MenuItem;
  current: boolean;
  expanded: boolean;
  onEnter: () => void;
  onChoose: () => void;
}

function Row({ id, entry, current, expanded, onEnter, onChoose }: RowProps) {
  const { checked, disabled, items, icon, shortcut, hint } = entry;
  return (
    // The menu has the focus and the keys; its items are pointed at by aria-activedescendant.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus, jsx-a11y/no-static-element-interactions
    <div
      id={id}
      className={classes("menu__item", current && "menu__item--current", entry.danger === true && "menu__item--danger")}
      role={checked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={checked}
      aria-disabled={disabled === true || undefined}
      aria-haspopup={items ? "menu" : undefined}
      aria-expanded={items ? expanded : undefined}
      onPointerEnter={onEnter}
      onClick={onChoose}
    >
      <span className="menu__icon">{checked === true ? <Icon name="check" /> : icon && <Icon name={icon} />}</span>
      <span className="menu__label">
        {entry.label}
        {hint !== undefined && <span className="menu__hint">{hint}</span>}
      </span>
      {shortcut !== undefined && <Kbd keys={shortcut} />}
      {items && <Icon name="chevron-right" size={14} />}
    </div>
  );
}
