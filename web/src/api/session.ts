/** The token of a server that asks for one, traded for a cookie. */
import { ask } from "./http";

/** Throws a Problem `unauthorized` for a token that is not the server's. */
export async function signIn(token: string): Promise<void> {
  await ask("POST", "/v1/session", { json: { token } });
}

export async function signOut(): Promise<void> {
  await ask("DELETE", "/v1/session");
}
