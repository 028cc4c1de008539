/** What the host page says of its customer: kept for each client that connects in its name, until the chat is reset. */

import type { Client } from "@intervene/client";
import type { Attributes } from "./api.ts";
import { Surface } from "./surface.ts";

export class Said {
  #values: Attributes = {};
  #client: Pick<Client, "setAttributes"> | null = null;

  add(values: Attributes): void {
    this.#values = { ...this.#values, ...values };
    this.#client?.setAttributes(values);
  }

  /** From now on `client` is told. */
  tell(client: Pick<Client, "setAttributes">): void {
    this.#client = client;
    client.setAttributes(this.#values);
  }

  forget(): void {
    this.#values = {};
    this.#client = null;
  }
}

/** The part of the element that takes it. */
export abstract class SaidSurface extends Surface {
  readonly said = new Said();

  /** Says what the page knows of its customer; it is sent while the chat is connected. */
  setAttributes(attributes: Attributes): void {
    this.said.add(attributes);
  }
}
