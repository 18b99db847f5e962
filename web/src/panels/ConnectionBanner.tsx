/** Whether the server is there: said only when it is not. */

import { type FormEvent, useState } from "react";

import { signIn } from "../api/session";
import { Problem } from "../api/http";
import { useCatalogue } from "../state/catalogue";
import { reconnect, useConnection } from "../state/connection";
import { complain } from "../state/running";
import { Button, Icon } from "../ui";

export function ConnectionBanner() {
  const { state, wasOpen } = useConnection();
  const catalogue = useCatalogue();
  if (state === "unauthorized") return <SignIn />;
  if (state === "lost") {
    return (
      <div className="banner banner--warn" role="alert">
        <Icon name="warning" />
        <p>{wasOpen ? "The server is away. You can go on: your graphs are kept in this browser, and runs are found again." : "The server cannot be reached."}</p>
        <Button size="small" onClick={reconnect}>
          Try now
        </Button>
      </div>
    );
  }
  if (catalogue.state === "failed") {
    return (
      <div className="banner banner--warn" role="alert">
        <Icon name="warning" />
        <p>The node types could not be read: {catalogue.error}</p>
        <Button size="small" onClick={reconnect}>
          Try now
        </Button>
      </div>
    );
  }
  return null;
}

function SignIn() {
  const [token, setToken] = useState("");
  const [wrong, setWrong] = useState("");
  const enter = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await signIn(token.trim());
      reconnect();
    } catch (error) {
      if (error instanceof Problem && error.status === 401) setWrong("This is not the server's token.");
      else complain("The token could not be sent", error);
    }
  };
  return (
    <form className="banner banner--info" onSubmit={(event) => void enter(event)} aria-label="Sign in">
      <Icon name="info" />
      <label htmlFor="token">This server asks for its token.</label>
      <input
        id="token"
        className="field banner__token"
        type="password"
        autoComplete="current-password"
        autoFocus
        value={token}
        aria-invalid={wrong !== ""}
        onChange={({ currentTarget }) => setToken(currentTarget.value)}
      />
      <Button size="small" kind="primary" type="submit" disabled={token.trim() === ""}>
        Enter
      </Button>
      {wrong !== "" && <p role="alert">{wrong}</p>}
    </form>
  );
}
