/** Files that people bring and runs make. */
import { address, ask, get, query } from "./http";
import type { ArtifactInGallery, File as StoredFile, Page } from "./schema";

/** Store a picture; its `value` is what an input that takes a file is given. */
export async function uploadFile(file: Blob, name = "file"): Promise<StoredFile> {
  const body = new Blob([file], { type: "application/octet-stream" });
  return (await ask<StoredFile>("POST", `/v1/files${query({ name })}`, { body })).data;
}

export function fileUrl(sha256: string): string {
  return address(`/v1/files/${sha256}`);
}

export type ThumbnailSize = 64 | 128 | 256 | 512 | 1024;

export function thumbnailUrl(sha256: string, size: ThumbnailSize = 256): string {
  return address(`/v1/files/${sha256}/thumbnail?size=${size}`);
}

/** The bytes of a file. */
export async function fetchFile(sha256: string): Promise<Blob> {
  const response = await fetch(fileUrl(sha256), { credentials: "same-origin" });
  return response.blob();
}

/** What runs made, the newest first. */
export function listArtifacts(after?: string, limit = 60): Promise<Page<ArtifactInGallery>> {
  return get(`/v1/artifacts${query({ after, limit })}`);
}
