/** The open graphs, one a tab. */

import { useEffect, useRef, type KeyboardEvent } from "react";

import { shortcut } from "../keys";
import { activate, isChanged, newTab, type Tab, useDocuments } from "../state/documents";
import { isOver } from "../state/run";
import { shownRun, useRuns } from "../state/runs";
import { close } from "../state/saving";
import { classes, Icon, IconButton } from "../ui";

export function Tabs() {
  const tabs = useDocuments((state) => state.tabs);
  const active = useDocuments((state) => state.active);
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ id }) => id === active);
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Delete") close(active);
    else if (by !== undefined) activate(tabs[(at + by + tabs.length) % tabs.length]?.id ?? active);
    else return;
    event.preventDefault();
  };
  return (
    <div className="tabs">
      {/* Buttons that close stand between the tabs, and a list of tabs may have nothing but tabs in it. */}
      <div role="tablist" aria-label="Open graphs" aria-owns={tabs.map(({ id }) => id).join(" ")} />
      <div className="tabs__list" role="presentation" onKeyDown={move}>
        {tabs.map((tab) => (
          <One key={tab.id} tab={tab} active={tab.id === active} />
        ))}
      </div>
      <IconButton label="New graph" icon="plus" shortcut={shortcut("new")} onClick={newTab} />
    </div>
  );
}

function One({ tab, active }: { tab: Tab; active: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  const changed = isChanged(tab);
  const busy = useRuns((state) => {
    const run = shownRun(state, tab.id);
    return run !== undefined && !isOver(run.summary);
  });
  useEffect(() => {
    if (!active) return;
    element.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
    // Arrow keys take the focus along.
    if (element.current?.parentElement?.contains(document.activeElement)) element.current.querySelector("button")?.focus();
  }, [active]);
  return (
    // A press of the middle button closes it, as in browsers; the keyboard has Delete for it.
    <div
      ref={element}
      className={classes("tab", active && "tab--active")}
      role="presentation"
      onAuxClick={(event) => {
        if (event.button === 1) close(tab.id);
      }}
    >
      <button
        id={tab.id}
        type="button"
        className="tab__name"
        role="tab"
        aria-selected={active}
        tabIndex={active ? 0 : -1}
        title={tab.title}
        onClick={() => activate(tab.id)}
      >
        {busy && <span className="spinner" role="img" aria-label="It runs" />}
        <span className="tab__title">{tab.title}</span>
        {changed && <span className="tab__changed" role="img" aria-label="Not saved" title="Not saved on the server" />}
      </button>
      <button type="button" className="tab__close" aria-label={`Close ${tab.title}`} tabIndex={-1} onClick={() => close(tab.id)}>
        <Icon name="close" size={12} />
      </button>
    </div>
  );
}
