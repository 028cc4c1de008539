/** Waits for the next token of a connection: a request was refused with the former one. */

import type { Client } from "@intervene/client";

const WITHIN = 5000; // ms

/** Null if there is no connection with another token in a while. */
export function renewedToken(client: Client, former: string): Promise<string | null> {
  return new Promise((resolve) => {
    const look = () => {
      if (client.state.kind === "live" && client.token !== former) resolve(client.token);
    };
    const leave = client.on("state", look);
    setTimeout(() => {
      leave();
      resolve(null);
    }, WITHIN);
    look();
  });
}
