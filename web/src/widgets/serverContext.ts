/** What widgets ask for, answered by the server. */

import { listChoices } from "../api/catalogue";
import { fileUrl, thumbnailUrl, uploadFile } from "../api/files";
import { address } from "../api/http";
import type { WidgetContext } from "./contract";

const STORED = /^sha256:([0-9a-f]{64})$/;

/** The part of the context that is the same for every node. */
export const SERVED: Pick<WidgetContext, "choices" | "upload" | "imageUrl"> = {
  choices: (table, query, after) => listChoices(table, query, after),
  upload: async (file, name) => (await uploadFile(file, name)).value,
  imageUrl,
};

/** Where a picture is that a value names; undefined for a value that names none. */
export function imageUrl(value: string, kind: string, size: "small" | "whole"): string | undefined {
  const sha256 = STORED.exec(value)?.[1];
  if (sha256 !== undefined) return size === "small" ? thumbnailUrl(sha256, 512) : fileUrl(sha256);
  if (value === "" || value.startsWith("sha256:")) return undefined;
  const query = new URLSearchParams({ name: value, size: size === "small" ? "512" : "whole" });
  return address(`/v1/models/${encodeURIComponent(kind)}/picture?${query}`);
}
