/** Names to choose from: a field to search in, and a list that the arrow keys move through. */

import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import type { ChoicePage } from "./contract";
import { useChoices } from "./useChoices";

export interface ChoiceListProps {
  label: string;
  /** What is searched for at first. */
  query: string;
  value: string | undefined;
  search: (query: string, after?: string) => Promise<ChoicePage>;
  onChoose: (name: string) => void;
}

export function ChoiceList({ label, query: first, value, search, onChoose }: ChoiceListProps) {
  const id = useId();
  const [query, setQuery] = useState(first);
  const found = useChoices(query, search);
  const [at, setAt] = useState<number>();
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const { names } = found;
  const usual = Math.max(0, query === "" && value !== undefined ? names.indexOf(value) : 0);
  const current = Math.min(at ?? usual, names.length - 1);

  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, [current, names]);

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + 10, PageUp: current - 10 }[event.key];
    const name = names[current];
    if (to !== undefined) setAt(Math.max(0, Math.min(to, names.length - 1)));
    else if (event.key === "Enter" && name !== undefined) onChoose(name);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className="choices__search">
        <Icon name="search" size={14} />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label={`Search ${label}`}
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={`${id}list`}
          aria-activedescendant={names.length > 0 ? `${id}${current}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder="Search"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(undefined);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        className="choices__list"
        id={`${id}list`}
        ref={list}
        role="listbox"
        aria-label={label}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={-1}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          if (scrollTop + clientHeight > scrollHeight - 200) found.more();
        }}
      >
        {names.map((name, index) => (
          // The search field has the focus and the keys.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div
            key={name}
            id={`${id}${index}`}
            className={classes("choices__item", index === current && "choices__item--current")}
            role="option"
            aria-selected={name === value}
            onPointerMove={() => setAt(index)}
            onClick={() => onChoose(name)}
          >
            <span>{name}</span>
            {name === value && <Icon name="check" size={14} />}
          </div>
        ))}
      </div>
      <p className="choices__note" role="status">
        {found.problem ?? (found.pending ? "Looking ..." : names.length === 0 ? nothing(query) : "")}
      </p>
    </>
  );
}

function nothing(query: string): string {
  return query === "" ? "There is nothing to choose from" : `Nothing has "${query}" in its name`;
}
