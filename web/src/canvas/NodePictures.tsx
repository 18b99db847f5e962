/** Pictures in a node. What holds them is as high before they have come as the ones before them were. */

import { useState } from "react";

import { thumbnailUrl } from "../api/files";
import type { Artifact } from "../api/schema";
import { showResult } from "../state/panels";
import type { Preview } from "../state/run";
import { classes, Icon, Picture } from "../ui";

/** In a node, more are only counted. */
const MOST = 9;

export interface NodePicturesProps {
  pictures: readonly Artifact[];
  /** Whether they are those of a run before. */
  past: boolean;
}

export function NodePictures({ pictures, past }: NodePicturesProps) {
  const [shape, setShape] = useState("1");
  const many = pictures.length > 1;
  return (
    <div className={classes("node__picture", many && "node__picture--many", past && "node__picture--past")}>
      {pictures.slice(0, MOST).map((picture) => (
        <button
          key={picture.sha256}
          type="button"
          className="node__open nodrag"
          aria-label={past ? `Made before: ${picture.name}` : `Show ${picture.name}`}
          onClick={() => showResult(picture, pictures)}
        >
          <Picture
            src={thumbnailUrl(picture.sha256, many ? 256 : 512)}
            alt={picture.name}
            loading="lazy"
            draggable={false}
            style={many ? undefined : { aspectRatio: `auto ${shape}` }}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setShape(`${naturalWidth} / ${naturalHeight}`)}
          />
        </button>
      ))}
      {pictures.length > MOST && <span className="node__more">{pictures.length - MOST} more</span>}
    </div>
  );
}

export interface NodePreviewProps {
  preview: Preview;
  how: "growing" | "ended" | "past";
}

/** When its step is over, it is marked as what it is: softer than the picture that came of it. */
export function NodePreview({ preview, how }: NodePreviewProps) {
  const { url, width, height } = preview;
  const over = how !== "growing";
  return (
    <div className={classes("node__picture", over && "node__picture--over", how === "past" && "node__picture--past")}>
      <img src={url} alt={over ? "What it showed last" : "What is being made"} width={width} height={height} draggable={false} />
      {over && (
        <span className="node__over" aria-hidden="true">
          Last preview
        </span>
      )}
    </div>
  );
}

/** Where pictures will be. */
export function NoPicture() {
  return (
    <div className="node__picture node__picture--empty" aria-hidden="true">
      <Icon name="image" size={24} />
    </div>
  );
}
