/** What an app made: the newest picture large, while it is made growing clearer, and those before it. */

import { useMemo } from "react";
import { useShallow } from "zustand/react/shallow";

import { fileUrl, thumbnailUrl } from "../api/files";
import type { Artifact } from "../api/schema";
import { useDocuments } from "../state/documents";
import { failures, plainly } from "../state/findings";
import { isPicture } from "../state/gallery";
import { showDialog, showResult } from "../state/panels";
import { lastPreview, usePreviews } from "../state/previews";
import { isOver, type LiveRun, type Preview } from "../state/run";
import { shownRun, useRuns } from "../state/runs";
import { Button, Empty, Icon, Picture } from "../ui";

/** The id of the section. */
export const RESULTS = "results";

export function AppResults() {
  const active = useDocuments((state) => state.active);
  const live = useRuns((state) => shownRun(state, active));
  const runs = useRuns(useShallow(({ owned, live: all }) => (owned[active] ?? []).flatMap((id) => all[id] ?? [])));
  const made = useMemo(() => runs.toReversed().flatMap(({ artifacts }) => artifacts), [runs]);
  const pictures = made.filter(isPicture);
  const files = live?.artifacts.filter((each) => !isPicture(each)) ?? [];
  const values = Object.entries(live?.outputs ?? {}).flatMap(([node, outputs]) => Object.entries(outputs).map(([name, value]) => ({ node, name, value })));
  return (
    <section id={RESULTS} className="app-results" aria-label="Results">
      {live !== undefined && <Failures live={live} />}
      <Large live={live} picture={live?.artifacts.find(isPicture) ?? pictures[0]} all={pictures} />
      {values
        .filter(({ value }) => typeof value !== "object")
        .map(({ node, name, value }) => (
          <p key={`${node}.${name}`} className="app-results__value">
            <span>{name}</span> {String(value)}
          </p>
        ))}
      {files.map((file) => (
        <a key={file.sha256} className="app-results__file" href={fileUrl(file.sha256)} download={file.name}>
          <Icon name="download" /> {file.name}
        </a>
      ))}
      {pictures.length > 1 && <Strip pictures={pictures} />}
    </section>
  );
}

function Large({ live, picture, all }: { live: LiveRun | undefined; picture: Artifact | undefined; all: readonly Artifact[] }) {
  const preview = usePreviewOf(live);
  if (preview !== undefined) {
    return (
      <div className="app-results__large">
        <img src={preview.url} alt="What is being made" />
      </div>
    );
  }
  if (picture === undefined) {
    return (
      <div className="app-results__large app-results__large--empty">
        <Empty icon="image" title="What you make appears here" />
      </div>
    );
  }
  return (
    <div className="app-results__large">
      <button type="button" className="app-results__open" aria-label={`Show ${picture.name} large`} onClick={() => showResult(picture, all)}>
        <Picture src={fileUrl(picture.sha256)} alt={picture.name} />
      </button>
      <a className="button button--plain button--medium app-results__download" href={fileUrl(picture.sha256)} download={picture.name}>
        <Icon name="download" /> Download
      </a>
    </div>
  );
}

/** The picture that grows clearer; the last one of it until the run has made a picture. */
function usePreviewOf(live: LiveRun | undefined): Preview | undefined {
  const active = useDocuments((state) => state.active);
  const last = usePreviews((state) => lastPreview(state, active, live?.summary.id));
  if (live === undefined || isOver(live.summary)) return undefined;
  const growing = Object.values(live.nodes).find(({ preview }) => preview !== null)?.preview;
  return growing ?? (live.artifacts.some(isPicture) ? undefined : last);
}

function Strip({ pictures }: { pictures: readonly Artifact[] }) {
  return (
    <ul className="app-results__strip" aria-label="Made before">
      {pictures.slice(0, 24).map((picture) => (
        <li key={`${picture.run_id} ${picture.node_id} ${picture.name}`}>
          <button type="button" aria-label={`Show ${picture.name}`} onClick={() => showResult(picture, pictures)}>
            <Picture src={thumbnailUrl(picture.sha256, 128)} alt="" loading="lazy" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Failures({ live }: { live: LiveRun }) {
  const found = failures(live);
  if (found.length === 0) return null;
  return (
    <div className="app-results__failed" role="alert">
      {found.map((finding) => (
        <div key={`${finding.node ?? ""} ${finding.message}`}>
          <Icon name="error" />
          <p>{plainly(finding)}</p>
          {finding.traceback !== undefined && (
            <Button size="small" kind="quiet" onClick={() => showDialog({ what: "traceback", title: plainly(finding), text: finding.traceback ?? "" })}>
              Details
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
