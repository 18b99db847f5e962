/** What the fields of an app are called. */

/** A name of an input as people read it: `noise_level` is "Noise level". */
export function labelOf(name: string): string {
  const words = name.replace(/[_-]+/g, " ").trim();
  return words === "" ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is said of a field; nothing where that is only another word for it, such as "the prompt". */
export function aboutOf(description: string | undefined): string | undefined {
  if (description === undefined || /^((the|an?) \w+)?$/i.test(description)) return undefined;
  return description.charAt(0).toUpperCase() + description.slice(1);
}
