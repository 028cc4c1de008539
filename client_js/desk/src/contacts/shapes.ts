/** Contacts as the server answers them over HTTP, and what follows from that. No I/O. */

import type { wire } from "@intervene/client";

export interface Block {
  /** Empty: everywhere. */
  readonly channel: string;
  readonly address: string;
  /** In milliseconds since 1970; 0: for good. */
  readonly until: number;
  /** The id of the agent. */
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

export interface AddressLine {
  readonly channel: string;
  readonly address: string;
  readonly kind: "" | "phone";
  /** The host application or a provider says whose it is. */
  readonly vouched: boolean;
  /** It was given up. */
  readonly spent: boolean;
  /** The conversation that was asked about is with the customer who has it. */
  readonly here: boolean;
  readonly block: Block | null;
}

/** From least to most: a value of a later one goes before those of the others. */
export type Source = "visitor" | "bot" | "staff" | "vouched";

export interface AttributeLine {
  readonly name: string;
  readonly value: string;
  readonly source: Source;
  /** The id of who or what said it. */
  readonly by: string;
  readonly at: number;
}

export interface ContactPage {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** 0 where nothing is stored of the contact yet. */
  readonly created_at: number;
  readonly addresses: readonly AddressLine[];
  readonly attributes: readonly AttributeLine[];
}

export interface ContactLine {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

/** A conversation of a contact, over or not. */
export interface Past extends wire.Row {
  /** The id of why it was closed last. */
  readonly reason?: string;
  readonly rating?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty: there is no more. */
  readonly next: string;
}

/** Staff do not outdo what the host application vouches for. */
export function canEdit({ source }: AttributeLine): boolean {
  return source !== "vouched";
}

/** A value of staff's can be taken back: then what others have said counts again. */
export function canRemove({ source }: AttributeLine): boolean {
  return source === "staff";
}

/** The earlier pages and the next one, each item once: rows move while one turns pages. */
export function joined<T extends { readonly id: string }>(before: readonly T[], more: readonly T[]): readonly T[] {
  const there = new Set(before.map(({ id }) => id));
  return [...before, ...more.filter(({ id }) => !there.has(id))];
}

/** What is typed may be an address, which is looked for as a whole: too little of anything is none. */
export function mayBeAddress(typed: string): boolean {
  return typed.trim().length >= 3;
}

/** Where a block may end, in milliseconds from now; 0: never. */
export const BLOCK_FOR = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, good: 0 } as const;
export type BlockFor = keyof typeof BLOCK_FOR;

export function blockUntil(chosen: BlockFor, now: number): number {
  return BLOCK_FOR[chosen] === 0 ? 0 : Math.round(now + BLOCK_FOR[chosen]);
}
