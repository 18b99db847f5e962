/** A box to type into and the list of what fits: arrows move, Enter chooses, Escape leaves. */

import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef, useState } from "react";

import { classes, Icon } from "../ui";
import { placed } from "../ui/layer";
import { usePlace } from "../ui/usePlace";

export interface Option {
  readonly key: string;
  readonly label: string;
  /** Options beside each other with one heading stand under it. */
  readonly heading?: string;
  readonly detail?: string;
  readonly color?: string;
}

export interface FinderProps {
  label: string;
  placeholder: string;
  /** Where its upper left corner shall be; it stays on the screen. */
  at: { readonly x: number; readonly y: number };
  options: (query: string) => readonly Option[];
  onChoose: (key: string) => void;
  onClose: () => void;
  /** What is said of the option that is pointed at. */
  about?: (key: string) => ReactNode;
  empty: string;
}

const MOST = 200;

export function Finder({ label, placeholder, at, options, onChoose, onClose, about, empty }: FinderProps) {
  const id = useId();
  const [query, setQuery] = useState("");
  const [index, setIndex] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const place = usePlace(() => ({ left: at.x - 24, right: at.x - 24, top: at.y - 24, bottom: at.y - 24 }), box);
  useOutside(box, onClose);
  useFocus(box, place !== undefined);
  const found = options(query).slice(0, MOST);
  const pointed = Math.min(index, found.length - 1);
  const current = found[pointed];
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const step = STEPS[event.key];
    if (step !== undefined) setIndex(Math.max(0, Math.min(found.length - 1, pointed + step)));
    else if (event.key === "Enter" && current !== undefined) onChoose(current.key);
    else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.preventDefault();
  };
  const onChange = (text: string) => {
    setQuery(text);
    setIndex(0);
  };
  const active = current === undefined ? undefined : `${id}${pointed}`;
  return (
    <div ref={box} className="finder" role="dialog" aria-label={label} style={placed(place)}>
      <SearchField list={`${id}list`} {...{ label, placeholder, active, query, onChange, onKeyDown }} />
      <Options id={id} list={`${id}list`} index={pointed} onPoint={setIndex} {...{ label, found, empty, onChoose }} />
      {about !== undefined && current !== undefined && <div className="finder__about">{about(current.key)}</div>}
    </div>
  );
}

interface SearchFieldProps {
  label: string;
  placeholder: string;
  /** The id of the list, and of the option in it that is pointed at. */
  list: string;
  active: string | undefined;
  query: string;
  onChange: (text: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function SearchField({ label, placeholder, list, active, query, onChange, onKeyDown }: SearchFieldProps) {
  return (
    <div className="finder__search">
      <Icon name="search" size={16} />
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={active}
        aria-autocomplete="list"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}

interface OptionsProps extends Pick<FinderProps, "label" | "empty" | "onChoose"> {
  id: string;
  list: string;
  found: readonly Option[];
  index: number;
  onPoint: (index: number) => void;
}

function Options({ id, list, label, found, index, empty, onPoint, onChoose }: OptionsProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    element.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });
  return (
    <div ref={element} id={list} className="finder__list" role="listbox" aria-label={label}>
      {found.map((option, place) => (
        <Row
          key={option.key}
          id={`${id}${place}`}
          option={option}
          heading={option.heading !== undefined && option.heading !== found[place - 1]?.heading}
          selected={place === index}
          onPoint={() => onPoint(place)}
          onChoose={() => onChoose(option.key)}
        />
      ))}
      {found.length === 0 && <p className="finder__empty">{empty}</p>}
    </div>
  );
}

/** Have the field typed into once it is to be seen; afterwards the focus is where it was. */
function useFocus(box: RefObject<HTMLElement | null>, seen: boolean): void {
  useEffect(() => {
    if (seen) box.current?.querySelector("input")?.focus();
  }, [box, seen]);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus({ preventScroll: true });
    };
  }, []);
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };

interface RowProps {
  id: string;
  option: Option;
  heading: boolean;
  selected: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Row({ id, option, heading, selected, onPoint, onChoose }: RowProps) {
  return (
    <>
      {heading && (
        <div className="finder__heading" role="presentation">
          {option.heading}
        </div>
      )}
      {/* The box that is typed into has the focus and the keys. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
      <div
        id={id}
        role="option"
        aria-selected={selected}
        className={classes("finder__option", selected && "finder__option--current")}
        onPointerMove={selected ? undefined : onPoint}
        onClick={onChoose}
      >
        {option.color !== undefined && <span className="finder__color" style={{ background: option.color }} />}
        <span className="finder__label">{option.label}</span>
        {option.detail !== undefined && <span className="finder__detail">{option.detail}</span>}
      </div>
    </>
  );
}

function useOutside(box: RefObject<HTMLElement | null>, onClose: () => void): void {
  useEffect(() => {
    const onPress = (event: PointerEvent) => {
      if (event.target instanceof Node && box.current?.contains(event.target) === false) onClose();
    };
    document.addEventListener("pointerdown", onPress, true);
    return () => document.removeEventListener("pointerdown", onPress, true);
  }, [box, onClose]);
}
