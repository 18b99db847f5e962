/** Two pictures on top of each other, and a slider that says how much of each is seen. */

import { useState } from "react";

import { fileUrl } from "../api/files";
import type { Artifact } from "../api/schema";
import { Picture } from "../ui";

export function Compare({ left, right }: { left: Artifact; right: Artifact }) {
  const [at, setAt] = useState(50);
  return (
    <div className="compare">
      <div className="compare__frame">
        <Picture src={fileUrl(right.sha256)} alt={`Right: ${right.name}`} />
        <Picture className="compare__left" src={fileUrl(left.sha256)} alt={`Left: ${left.name}`} style={{ clipPath: `inset(0 ${100 - at}% 0 0)` }} />
        <div className="compare__line" style={{ left: `${at}%` }} />
        <input
          type="range"
          className="compare__slider"
          aria-label="How much of each is seen"
          min={0}
          max={100}
          step={0.5}
          value={at}
          onChange={({ currentTarget }) => setAt(currentTarget.valueAsNumber)}
        />
      </div>
    </div>
  );
}
