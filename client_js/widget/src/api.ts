/** What a host page calls and is told: the commands of `$intervene` and the events of `<intervene-chat>`. Types only. */

/** A user's token of the host application, or how to get one: it is asked for again before it expires. */
export type UserToken = string | (() => string | Promise<string>);

/** What the page knows of its customer; null says no more. Agents see it as unverified. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

export type Theme = "light" | "dark" | "auto";

export interface BootOptions {
  /** Where the server is; by default where `widget.js` came from. */
  readonly server?: string;
  readonly channel?: string;
  /** `en`, `de`, `fr`, `es` or `ar`; by default the page's language, then the browser's. */
  readonly locale?: string;
  readonly theme?: Theme;
  /** What a visitor is called, if the page knows. Anybody can claim any name: `user` is for those who are known. */
  readonly name?: string;
  readonly user?: UserToken;
}

/** The events by name, each with its details. */
export interface ChatEvents {
  /** The chat has loaded: after the page was idle, or sooner when it was needed. */
  ready: Record<string, never>;
  open: Record<string, never>;
  close: Record<string, never>;
  /** A message was shown that was not shown before, whoever wrote it. `text` is plain text, as it was written. */
  message: { readonly id: string; readonly from: Speaker; readonly name: string; readonly text: string };
  /** How many messages of the business were not read yet. */
  unread: { readonly count: number };
  /** A person has taken over. */
  "person-joined": { readonly name: string };
  /** Something did not work; `message` is for developers. */
  error: { readonly code: string; readonly message: string };
}

export type Speaker = "you" | "bot" | "person";

/** One call: a command and what goes with it. */
export type Call =
  | readonly ["boot", BootOptions?]
  | readonly ["open" | "close" | "toggle" | "show" | "hide" | "reset"]
  | readonly ["setUser", UserToken | null]
  | readonly ["setAttributes", Attributes]
  | readonly ["setLocale", string]
  | readonly ["setTheme", Theme]
  | OnCall<keyof ChatEvents>;

type OnCall<K extends keyof ChatEvents> = K extends keyof ChatEvents
  ? readonly ["on", K, (details: ChatEvents[K]) => void]
  : never;

/** `$intervene` in a page: before the loader runs it is the snippet's stub, which keeps the calls in `queue`. */
export interface Intervene {
  (...call: Call): void;
  queue?: Call[];
  /** Set by the loader: a second copy finds it and leaves. */
  isLoaded?: true;
}

/** `on` and the element's DOM events have one list: `open` is `intervene-open` on the element. */
export const EVENT_PREFIX = "intervene-";

declare global {
  interface Window {
    $intervene?: Intervene;
  }
}
