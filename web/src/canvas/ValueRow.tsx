/** An input that takes a value: its socket, its name, and its widget or where its link comes from. */

import { memo, useId } from "react";

import type { Port } from "../model/catalogue";
import { type End, joinPort, splitPort } from "../model/document";
import { setValue } from "../model/edit";
import { nameOf } from "../model/inputs";
import { shown } from "../model/typing";
import { edit } from "../state/documents";
import { type Finding, plainly } from "../state/findings";
import { classes, Icon } from "../ui";
import { useCatalog, useDocument } from "./active";
import { Socket } from "./Socket";
import { ValueField } from "./ValueField";
import { isWide } from "./wide";

export interface ValueRowProps {
  id: string;
  port: Port;
  stray: boolean;
  /** What is wrong with it. */
  finding?: Finding | undefined;
}

export const ValueRow = memo(function ValueRow({ id, port, stray, finding }: ValueRowProps) {
  const field = useId();
  const link = useDocument(({ nodes }) => nodes[id]?.links[port.name]);
  const offered = useDocument((document) => nameOf(document, { node: id, port: port.name }));
  const wide = isWide(port) && link === undefined && !stray;
  const problem = finding === undefined || finding.unfinished ? undefined : plainly(finding);
  return (
    <div
      className={classes(
        "value",
        wide && "value--wide",
        link !== undefined && "value--linked",
        stray && "port--stray",
        finding !== undefined && (finding.unfinished ? "port--open" : "port--wrong"),
      )}
      data-port={port.name}
    >
      <Socket port={port} side="input" linked={link !== undefined} stray={stray} />
      <label className="value__name" htmlFor={`${field}f`} title={port.description}>
        {port.title}
        {offered !== undefined && (
          <span className="value__offered" title={`Set from outside as ${offered}`}>
            <Icon name="app" size={12} />
          </span>
        )}
      </label>
      {link !== undefined ? (
        <Source link={link} />
      ) : stray ? (
        <StrayValue id={id} name={port.name} />
      ) : (
        <div className="value__field nodrag nopan">
          <ValueField
            id={id}
            port={port}
            fieldId={`${field}f`}
            invalid={problem}
            describedBy={problem === undefined ? undefined : `${field}e`}
            onChange={(value, merge) => give({ node: id, port: port.name }, port.title, value, merge)}
          />
        </div>
      )}
      {problem !== undefined && (
        <p id={`${field}e`} className="value__problem">
          {problem}
        </p>
      )}
    </div>
  );
});

/** Have the document hold a value; `merge` joins what one gesture does. */
function give(end: End, title: string, value: unknown, merge?: string): void {
  edit(`Set ${title}`, (document) => setValue(document, end, value), merge && `${joinPort(end)} ${merge}`);
}

function Source({ link }: { link: string }) {
  const catalogue = useCatalog();
  const from = splitPort(link);
  const name = useDocument((document) => (from === undefined ? link : shown(document, catalogue, from.node)));
  return (
    <span className="value__source" title={link}>
      <Icon name="link" size={12} />
      <span>{name}</span>
    </span>
  );
}

function StrayValue({ id, name }: { id: string; name: string }) {
  const value = useDocument(({ nodes }) => nodes[id]?.values[name]);
  const text = typeof value === "string" ? value : JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
  return (
    <span className="value__source" title={text}>
      {text}
    </span>
  );
}
