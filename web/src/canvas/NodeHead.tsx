/** The title bar of a node: fold, title, what became of it in the last run or would in the next. */

import { type ReactNode, useEffect, useRef } from "react";

import type { NodeType } from "../model/catalogue";
import type { GraphNode } from "../model/document";
import { rename, toggleCollapsed } from "../model/edit";
import { edit } from "../state/documents";
import { plainly } from "../state/findings";
import type { NodeRun } from "../state/run";
import { classes, Icon, type IconName, Tooltip } from "../ui";
import { usePlace } from "./active";
import { farTitle, type Room } from "./farTitle";
import { useForecast } from "./running";
import { show, useView } from "./view";

export interface NodeHeadProps {
  id: string;
  node: GraphNode;
  type: NodeType | undefined;
  collapsed: boolean;
  run: NodeRun | undefined;
  /** From afar, what there is for the title. */
  room?: Room | undefined;
}

export function NodeHead({ id, node, type, collapsed, run, room }: NodeHeadProps) {
  const renaming = useView((view) => view.renaming === id);
  const title = node.title ?? type?.title ?? node.type;
  return (
    <header className="node__head">
      <button
        type="button"
        className="node__fold nodrag"
        aria-label={collapsed ? `Open ${title}` : `Collapse ${title}`}
        aria-expanded={!collapsed}
        tabIndex={-1}
        onClick={() => edit("Collapse", (document) => toggleCollapsed(document, [id]))}
      >
        <Icon name={collapsed ? "chevron-right" : "chevron-down"} size={14} />
      </button>
      {renaming ? (
        <TitleField
          label="Title of the node"
          value={node.title ?? ""}
          placeholder={type?.title ?? node.type}
          onDone={(text) => edit("Rename", (document) => rename(document, id, text))}
        />
      ) : (
        <h2
          className="node__title"
          title={type === undefined ? node.type : `${type.title} · ${type.name}`}
          aria-label={room === undefined ? undefined : title}
        >
          {room === undefined ? title : farTitle(title, room)}
        </h2>
      )}
      <Warnings run={run} />
      <Marks id={id} run={run} />
      {run?.state === "running" && <Progress run={run} title={title} />}
    </header>
  );
}

export interface TitleFieldProps {
  label: string;
  value: string;
  placeholder?: string;
  onDone: (text: string) => void;
}

/** A field in place of a title: Enter and leaving it keep what is written, Escape does not. */
export function TitleField({ label, value, placeholder, onDone }: TitleFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => field.current?.select(), []);
  const finish = (keep: boolean) => {
    if (done.current) return;
    done.current = true;
    const text = field.current?.value.trim() ?? "";
    const back = field.current?.closest<HTMLElement>(".react-flow__node");
    show({ renaming: null });
    if (keep && text !== value) onDone(text);
    back?.focus({ preventScroll: true });
  };
  return (
    <input
      ref={field}
      className="node__rename nodrag"
      aria-label={label}
      defaultValue={value}
      placeholder={placeholder}
      maxLength={200}
      autoFocus
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(true);
        if (event.key === "Escape") finish(false);
      }}
    />
  );
}

function Warnings({ run }: { run: NodeRun | undefined }) {
  if (run === undefined || run.warnings.length === 0) return null;
  const [first = "", ...others] = run.warnings;
  const more = others.length === 0 ? "" : ` And ${others.length} more, among the problems.`;
  return <Mark icon="warning" label="Warning" kind="soon" hint={`${plainly({ message: first })}${more}`} />;
}

function Marks({ id, run }: { id: string; run: NodeRun | undefined }) {
  const mode = usePlace(id)?.mode;
  const forecast = useForecast(id);
  if (mode === "muted") return <Mark icon="mute" label="Muted" hint="It does not run, nor what needs it." />;
  if (mode === "bypassed") return <Mark icon="bypass" label="Bypassed" hint="It passes on what it is given." />;
  if (run?.state === "failed") return <Mark icon="error" label="Failed" kind="bad" hint={run.reason ?? ""} />;
  if (run?.state === "running") return null;
  if (forecast === "run") return <Mark dot label="Would run" kind="soon" hint="Something changed: it would run again." />;
  if (run?.state === "cached") return <Mark icon="cached" label="From cache" kind="good" hint={run.reason ?? "Its result was kept from before."} />;
  if (run?.state === "done") return <Mark icon="check" label="Done" kind="good" hint={took(run)} text={took(run)} />;
  if (forecast === "kept") return <Mark icon="cached" label="Kept" hint="Its result is kept: it would not run again." />;
  return null;
}

interface MarkProps {
  icon?: IconName;
  dot?: boolean;
  label: string;
  hint: string;
  text?: string;
  kind?: "good" | "bad" | "soon";
}

function Mark({ icon, dot = false, label, hint, text, kind }: MarkProps): ReactNode {
  return (
    <Tooltip text={hint === "" || hint === label ? label : `${label}. ${hint}`}>
      <span className={classes("mark", kind && `mark--${kind}`)} role="img" aria-label={label}>
        {text !== undefined && text !== "" && <span className="mark__text">{text}</span>}
        {dot ? <span className="mark__dot" /> : icon && <Icon name={icon} size={14} />}
      </span>
    </Tooltip>
  );
}

function Progress({ run, title }: { run: NodeRun; title: string }) {
  const { progress } = run;
  const share = progress === null || progress.total <= 0 ? undefined : Math.min(1, progress.done / progress.total);
  const left = progress?.left ?? null;
  const text = progress === null ? "" : `${progress.done}/${progress.total}${left === null ? "" : ` · ${seconds(left)} left`}`;
  return (
    <>
      <span className="mark__text">{text}</span>
      <div
        className={classes("node__progress", share === undefined && "node__progress--open")}
        role="progressbar"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
        aria-valuetext={text === "" ? undefined : text}
      >
        <div style={{ transform: `scaleX(${share ?? 0.3})` }} />
      </div>
    </>
  );
}

function took({ seconds: time }: NodeRun): string {
  return time === null ? "" : seconds(time);
}

/** Seconds as people say them. */
export function seconds(time: number): string {
  if (time < 0.1) return `${Math.round(time * 1000)} ms`;
  if (time < 10) return `${time.toFixed(1)} s`;
  if (time < 90) return `${Math.round(time)} s`;
  return `${Math.floor(time / 60)} min ${Math.round(time % 60)} s`;
}
