/** Class names, of which those that do not hold are left out. */

export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
