/** What a node made, in the node: pictures, other files, values; while it runs, the picture growing clearer. */

import { useLayoutEffect } from "react";
import { useShallow } from "zustand/react/shallow";

import { fileUrl } from "../api/files";
import type { Artifact } from "../api/schema";
import type { NodeType } from "../model/catalogue";
import { useDocuments } from "../state/documents";
import { isPicture } from "../state/gallery";
import { dropPreview, usePreviews } from "../state/previews";
import type { NodeRun } from "../state/run";
import { gaveBefore, madeBefore, shownRun, useRuns } from "../state/runs";
import { classes, Icon } from "../ui";
import { covers } from "./flow";
import { NodePictures, NodePreview, type NodePreviewProps, NoPicture } from "./NodePictures";

export interface NodeResultProps {
  id: string;
  type: NodeType | undefined;
  run: NodeRun | undefined;
}

export function NodeResult({ id, type, run }: NodeResultProps) {
  const active = useDocuments((state) => state.active);
  const made = useRuns(useShallow((state) => (shownRun(state, active)?.artifacts ?? []).filter(({ node_id }) => node_id === id)));
  const given = useRuns((state) => shownRun(state, active)?.outputs[id]);
  // Until it makes something anew, what it made before stands there: nothing comes and goes with each run.
  const settled = useRuns((state) => shownRun(state, active)?.settled ?? true);
  const awaits = given === undefined && (!settled || (run !== undefined && WAITING.has(run.state)));
  const gave = useRuns((state) => (awaits ? gaveBefore(state, active, id) : undefined));
  const waits = type?.output === true && made.length === 0 && run !== undefined && WAITING.has(run.state);
  const past = useRuns(useShallow((state) => (waits ? madeBefore(state, active, id).filter(isPicture) : NONE)));
  const preview = usePreview(id, active, run);
  const pictures = waits ? past : made.filter(isPicture);
  const files = made.filter((each) => !isPicture(each));
  const values = Object.entries(given ?? gave ?? {}).filter(([, value]) => typeof value !== "object");
  return (
    <>
      {pictures.length > 0 && preview?.how !== "growing" ? (
        <NodePictures pictures={pictures} past={waits} />
      ) : preview !== undefined ? (
        <NodePreview {...preview} />
      ) : (
        files.length === 0 && showsPictures(type) && <NoPicture />
      )}
      {files.map((file) => (
        <a key={file.sha256} className="node__file nodrag" href={fileUrl(file.sha256)} download={file.name}>
          <Icon name="download" size={14} /> {file.name}
        </a>
      ))}
      {values.length > 0 && (
        <dl className={classes("node__values", gave !== undefined && "node__values--past")}>
          {values.map(([name, value]) => (
            <div key={name} className={typeof value === "string" && value.includes("\n") ? "node__lines" : undefined}>
              <dt>{name}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

const NONE: readonly Artifact[] = [];
const WAITING: ReadonlySet<string> = new Set(["waiting", "running", "skipped"]);

/** Whether a node is likely to make pictures: it ends in files, and is given some. */
function showsPictures(type: NodeType | undefined): boolean {
  return type?.output === true && type.inputs.some((port) => /\b(Image|Mask)\b/.test(port.type));
}

/** What a node shows while it runs. It stays when that is over, so that nothing jumps, unless another node lies under it. */
function usePreview(id: string, active: string, run: NodeRun | undefined): NodePreviewProps | undefined {
  const seen = usePreviews(({ of }) => of[active]?.[id]);
  const current = useRuns((state) => shownRun(state, active)?.summary.id);
  const growing = run?.preview ?? null;
  const stays = growing === null && seen !== undefined;
  useLayoutEffect(() => {
    if (stays && covers(id)) dropPreview(active, id);
  }, [active, id, stays]);
  if (growing !== null) return { preview: growing, how: "growing" };
  return seen === undefined ? undefined : { preview: seen.preview, how: seen.run === current ? "ended" : "past" };
}
