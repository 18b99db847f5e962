/** What runs have made, the newest first. */

import { useEffect, useMemo, useRef } from "react";

import { fileUrl, thumbnailUrl } from "../api/files";
import type { Artifact } from "../api/schema";
import { words } from "../model/traits";
import { artifactKey, isPicture, places, readMore, useGallery } from "../state/gallery";
import { showResult } from "../state/panels";
import { Empty, Icon, Picture } from "../ui";
import { ago, size } from "./amounts";
import { useNow } from "./useNow";

export function GalleryPanel() {
  const { items, next, reading } = useGallery();
  const now = useNow(30_000);
  const pictures = useMemo(() => items.filter(isPicture), [items]);
  const at = useMemo(() => places(items, next === null), [items, next]);
  if (items.length === 0 && next === undefined) return <div className="side__body" aria-busy="true" />;
  return (
    <div className="side__body gallery">
      {items.length === 0 && (
        <Empty icon="gallery" title="No pictures yet">
          What your runs make is kept here, each with the graph that made it.
        </Empty>
      )}
      <ul className="gallery__grid">
        {items.map((made) => {
          const key = artifactKey(made);
          const told = [words(made.traits ?? {}), at.get(key) ?? ""].filter((each) => each !== "").join(", ");
          return (
            <li key={key}>
              {isPicture(made) ? <Shown made={made} all={pictures} told={told} when={ago(made.created, now)} /> : <OtherFile made={made} />}
              <p className="gallery__told" aria-hidden={isPicture(made)} title={told}>
                {told}
              </p>
            </li>
          );
        })}
      </ul>
      {next !== null && <More busy={reading} />}
    </div>
  );
}

interface ShownProps {
  made: Artifact;
  all: readonly Artifact[];
  /** What tells it from others. */
  told: string;
  when: string;
}

function Shown({ made, all, told, when }: ShownProps) {
  const label = [made.name, told, when].filter((each) => each !== "").join(", ");
  return (
    <button type="button" className="gallery__picture" aria-label={`Show ${label}`} title={label} onClick={() => showResult(made, all)}>
      <Picture src={thumbnailUrl(made.sha256, 256)} alt="" loading="lazy" decoding="async" />
    </button>
  );
}

function OtherFile({ made }: { made: Artifact }) {
  return (
    <a className="gallery__file" href={fileUrl(made.sha256)} download={made.name}>
      <Icon name="download" size={20} />
      <span>{made.name}</span>
      <span className="gallery__size">{size(made.size)}</span>
    </a>
  );
}

/** What stands at the end of what is read: once it comes into sight, more is read. */
function More({ busy }: { busy: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void readMore();
    });
    if (element.current !== null) observer.observe(element.current);
    return () => observer.disconnect();
  }, [busy]);
  return (
    <div ref={element} className="gallery__end" aria-busy={busy}>
      {busy && <span className="spinner" />}
    </div>
  );
}
