/** JSON that keeps whole numbers whole: a seed has up to 64 bits, and a number of JavaScript only 53. */

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARK = "\u0001bigint:";
const MARKED = /"\\u0001bigint:(-?\d+)"/g;

/** Read JSON; whole numbers beyond 2^53 become `bigint`. Throws `SyntaxError` as `JSON.parse` does. */
export function parseJson(text: string): unknown {
  const marked = text.replace(TOKENS, (token) => (isLarge(token) ? `"\\u0001bigint:${token}"` : token));
  if (marked === text) return JSON.parse(text);
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/** Write JSON; a `bigint` is written as the number that it is. */
export function writeJson(value: unknown, indent?: number): string {
  let found = false;
  const text = JSON.stringify(
    value,
    (_, part: unknown) => {
      if (typeof part !== "bigint") return part;
      found = true;
      return `${MARK}${part}`;
    },
    indent,
  );
  return found ? text.replace(MARKED, "$1") : text;
}

function isLarge(token: string): boolean {
  return token.length > 15 && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
}
