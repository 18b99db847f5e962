/** Pictures that people bring: out of a drop, a paste or a dialog. */

const STORED = "sha256:";

/** The first picture among what was dropped or pasted. */
export function pictureIn(data: Pick<DataTransfer, "files">): File | undefined {
  return [...data.files].find(({ type }) => type.startsWith("image/"));
}

/** Whether a drag brings files. */
export function bringsFiles({ types }: Pick<DataTransfer, "types">): boolean {
  return types.includes("Files");
}

/** What a value that names a picture is called. */
export function pictureName(value: string): string {
  return value.startsWith(STORED) ? "Uploaded picture" : value;
}
