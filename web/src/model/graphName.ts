/** The name under which the server keeps a graph: whether a text is one, what is wrong with it, and one that is like it. */

const LONGEST = 100;
const PLAIN = "A-Za-z0-9_.-";
const NAME = new RegExp(`^[A-Za-z0-9][${PLAIN}]{0,${LONGEST - 1}}$`);
const STRANGE = new RegExp(`[^${PLAIN}]`, "u");

/** Why the server would not take a text for a name, and one that it would; undefined for a name. */
export function nameFault(text: string): string | undefined {
  if (NAME.test(text)) return undefined;
  if (text === "") return "It needs a name.";
  const wrong = STRANGE.exec(text)?.[0];
  return `${rule(wrong, text)}: try ${nameLike(text)}`;
}

function rule(wrong: string | undefined, text: string): string {
  if (wrong !== undefined) return `A name has no ${/\s/.test(wrong) ? "spaces" : `"${wrong}"`}`;
  return text.length > LONGEST ? `A name has at most ${LONGEST} signs` : "A name begins with a letter or a digit";
}

/** A name that is like a text. */
export function nameLike(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").replaceAll(new RegExp(`[^${PLAIN}]+`, "g"), "-");
  return plain.replaceAll(/^[^A-Za-z0-9]+|-+$/g, "").slice(0, LONGEST) || "graph";
}
