/** What servers to come say. Each goes away when the server's Structs, and so `wire.ts`, have it. */

/** Of `welcome`. */
export interface Greeting {
  /** Milliseconds since 1970, of the server's clock. */
  readonly now?: number;
  /** What the server knows beyond the first protocol. */
  readonly features?: readonly string[];
}

/** Somebody has read up to the number `n`. */
export interface Read {
  readonly type: "read";
  readonly conversation: string;
  readonly n: number;
}

/** Of `error` with the code `continued`: where it goes on. */
export interface Continued {
  readonly to?: string;
}
