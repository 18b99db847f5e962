/** A picture as large as the page: among the others, beside another one, with what can be done with it. */

import { type KeyboardEvent, useState } from "react";

import { fileUrl, thumbnailUrl } from "../api/files";
import type { Artifact } from "../api/schema";
import { joinPort } from "../model/document";
import type { Told } from "../model/madeWith";
import { whole } from "../model/traits";
import { artifactKey, called } from "../state/gallery";
import { closeDialog } from "../state/panels";
import { openGraphOf } from "../state/saving";
import { Button, classes, Dialog, IconButton, Picture } from "../ui";
import { ago, size } from "./amounts";
import { Compare } from "./Compare";
import { useMadeWith } from "./useMadeWith";
import { useNow } from "./useNow";

interface ResultViewProps {
  artifacts: readonly Artifact[];
  at: number;
}

/** Pictures beside the one that is shown in the strip at the bottom. */
const AROUND = 30;

export function ResultView({ artifacts, at: begun }: ResultViewProps) {
  const [at, setAt] = useState(begun);
  const [other, setOther] = useState<number | null>(null);
  const [whole, setWhole] = useState(false);
  const now = useNow(30_000);
  const made = artifacts[at];
  const used = useMadeWith(made);
  if (made === undefined) return null;
  const beside = other === null ? undefined : artifacts[other];
  const go = (to: number): void => {
    if (to >= 0 && to < artifacts.length) setAt(to);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === "ArrowLeft") go(at - 1);
    else if (event.key === "ArrowRight") go(at + 1);
    else if (event.key === "c" && !event.ctrlKey && !event.metaKey) setOther(other === null ? neighbour(at, artifacts) : null);
    else return;
    event.preventDefault();
  };
  const tools = (
    <>
      <Button
        size="small"
        kind={other === null ? "plain" : "primary"}
        icon="compare"
        aria-pressed={other !== null}
        disabled={artifacts.length < 2}
        onClick={() => setOther(other === null ? neighbour(at, artifacts) : null)}
      >
        Compare
      </Button>
      <a className="button button--plain button--small" href={fileUrl(made.sha256)} download={made.name}>
        Download
      </a>
      <Button
        size="small"
        icon="graph"
        onClick={() => {
          closeDialog();
          void openGraphOf(made.run_id, made.name.replace(/\.[^.]*$/, ""));
        }}
      >
        Open its graph
      </Button>
    </>
  );
  return (
    <Dialog title={made.name} size="full" className="result" tools={tools} onClose={closeDialog}>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className="result__view" onKeyDown={onKey}>
        <IconButton label="The one before" icon="chevron-left" size="large" className="result__go" disabled={at === 0} onClick={() => go(at - 1)} />
        {beside === undefined ? (
          <button
            type="button"
            className={classes("result__stage", whole && "result__stage--whole")}
            aria-label={whole ? "Show it as large as there is room" : "Show every pixel"}
            onClick={() => setWhole(!whole)}
          >
            <Picture key={made.sha256} src={fileUrl(made.sha256)} alt={made.name} />
          </button>
        ) : (
          <Compare left={made} right={beside} />
        )}
        <IconButton
          label="The next one"
          icon="chevron-right"
          size="large"
          className="result__go"
          disabled={at === artifacts.length - 1}
          onClick={() => go(at + 1)}
        />
      </div>
      <p className="result__about">
        {size(made.size)} · {ago(made.created, now)}
        {other !== null && " · choose below what it is compared with"}
      </p>
      <MadeWith used={used} />
      {artifacts.length > 1 && (
        <Strip artifacts={artifacts} at={at} other={other} onChoose={(to) => (other === null ? go(to) : setOther(to))} />
      )}
    </Dialog>
  );
}

/** Its place is kept while it is asked for. A line that tells what it has no room for when it is pointed at; on a phone, as many lines as that takes. */
function MadeWith({ used }: { used: readonly Told[] }) {
  return (
    <dl className="result__made" title={used.map(({ name, value }) => `${name}: ${whole(value)}`).join("\n")}>
      {used.map(({ name, end, value }) => (
        <div key={joinPort(end)}>
          <dt>{name}</dt>
          <dd>{whole(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface StripProps {
  artifacts: readonly Artifact[];
  at: number;
  other: number | null;
  onChoose: (at: number) => void;
}

function Strip({ artifacts, at, other, onChoose }: StripProps) {
  const from = Math.max(0, at - AROUND);
  return (
    <ul className="result__strip" aria-label="All of them">
      {artifacts.slice(from, at + AROUND + 1).map((made, index) => (
        <li key={artifactKey(made)}>
          <button
            type="button"
            className={classes("result__small", from + index === at && "result__small--at", from + index === other && "result__small--other")}
            aria-label={called(made)}
            title={called(made)}
            aria-current={from + index === at}
            onClick={() => onChoose(from + index)}
          >
            <Picture src={thumbnailUrl(made.sha256, 128)} alt="" loading="lazy" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What a picture is compared with at first: the one made before it. */
function neighbour(at: number, artifacts: readonly Artifact[]): number {
  return at + 1 < artifacts.length ? at + 1 : at - 1;
}
