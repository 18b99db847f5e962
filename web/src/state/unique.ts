/** Names that nothing else has. `crypto.randomUUID` is there only where pages are secure, and a network at home is not. */

export function uniqueName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
