/** What the desk asks of the server about contacts, and about what was done and said in a conversation. */

import { type Api, newKey } from "../api.ts";
import type { Action } from "../core/history.ts";
import type { AddressLine, AttributeLine, Block, ContactLine, ContactPage, Page, Past } from "./shapes.ts";

const id = encodeURIComponent;

function query(given: Readonly<Record<string, string>>): string {
  const said = Object.entries(given).filter(([, value]) => value !== "");
  return said.length === 0 ? "" : `?${new URLSearchParams(said)}`;
}

export class Asked {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  // -- contacts -------------------------------------------------------------------------------------------------------

  contact(contact: string): Promise<ContactPage> {
    return this.#api.get(`/v1/contacts/${id(contact)}`);
  }

  /** Those whose names begin so. */
  named(name: string, cursor = ""): Promise<Page<ContactLine>> {
    return this.#api.get(`/v1/contacts${query({ name, cursor })}`);
  }

  /** Those who have exactly that address; a phone number in any spelling. */
  at(address: string): Promise<Page<ContactLine>> {
    return this.#api.get(`/v1/contacts${query({ address })}`);
  }

  conversations(contact: string, cursor = ""): Promise<Page<Past>> {
    return this.#api.get(`/v1/contacts/${id(contact)}/conversations${query({ cursor })}`);
  }

  rename({ id: contact, version }: ContactPage, name: string): Promise<ContactPage> {
    return this.#api.send("PATCH", `/v1/contacts/${id(contact)}`, { name }, { version });
  }

  /** What staff say; null: nothing any more. */
  setAttribute(contact: string, name: string, value: string | null): Promise<Page<AttributeLine>> {
    return this.#api.send("PATCH", `/v1/contacts/${id(contact)}/attributes`, { attributes: { [name]: value } });
  }

  detach(contact: string, { address, channel }: AddressLine): Promise<null> {
    return this.#api.send("DELETE", `/v1/contacts/${id(contact)}/addresses/${id(address)}${query({ channel })}`);
  }

  block(given: Pick<Block, "address" | "channel" | "until" | "why">): Promise<Block> {
    return this.#api.send("POST", "/v1/blocks", given);
  }

  unblock({ address, channel }: Block): Promise<null> {
    return this.#api.send("DELETE", `/v1/blocks${query({ address, channel })}`);
  }

  // -- conversations --------------------------------------------------------------------------------------------------

  contactOf(conversation: string): Promise<ContactPage> {
    return this.#api.get(`/v1/conversations/${id(conversation)}/contact`);
  }

  /** The newest first. */
  actions(conversation: string, cursor = ""): Promise<Page<Action>> {
    return this.#api.get(`/v1/conversations/${id(conversation)}/actions${query({ order: "newest", cursor })}`);
  }

  setField(conversation: string, epoch: number, field: string, value: string): Promise<unknown> {
    const fields = { [field]: value };
    const key = newKey();
    return this.#api.send("POST", `/v1/conversations/${id(conversation)}/set_fields`, { epoch, fields }, { key });
  }
}
