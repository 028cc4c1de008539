/**
 * The loader, served as `/widget.js`: a classic script of at most 3 kB. It answers `$intervene`, draws the launcher, and
 * loads the chat when the page is idle or the launcher is touched. Nothing else may be imported here.
 */

import type { BootOptions, Call, Intervene } from "./api.ts";
import { drawLauncher, LABELS } from "./launcher.ts";

/** The chat's module, relative to `widget.js`: the build knows its name. */
declare const CHAT: string;

/** The element before and after it is upgraded. */
type Host = HTMLElement & Record<string, (...args: unknown[]) => void> & { calls?: Call[]; user?: unknown };

/** Not in all browsers: whether people want to load less. */
type Saver = { readonly connection?: { readonly saveData?: boolean } };

/** Calls that nothing is shown for: the chat need not be there yet. */
const QUIET = /^(set|close)/;
const IDLE_WITHIN = 4000;

function start(): void {
  const stub = window.$intervene;
  if (stub?.isLoaded) return; // a second copy: the first one does it all
  const script =
    (document.currentScript as HTMLScriptElement | null) ??
    document.querySelector<HTMLScriptElement>('script[src*="widget.js"]');
  const base = new URL(".", script?.src || location.href).href;
  let host: Host | undefined;
  let button: HTMLButtonElement | undefined;
  let loading: Promise<unknown> | undefined;
  let tries = 0;
  let early: Call[] = []; // calls before `boot`

  const intervene: Intervene = (...call) => {
    const [command, first, second] = call as [string, unknown, unknown];
    if (/^(boot|open|toggle|show)$/.test(command) && button && !host?.isConnected) attach();
    if (command === "boot") boot((first ?? {}) as BootOptions);
    else if (!host) early.push(call);
    else if (command === "on")
      host.addEventListener(`intervene-${first}`, (event) =>
        (second as (d: unknown) => void)((event as CustomEvent).detail),
      );
    else if (command === "show" || command === "hide") host.hidden = command === "hide";
    else if (command === "setLocale" || command === "setTheme")
      host.setAttribute(command === "setLocale" ? "locale" : "theme", String(first));
    else if (host.calls) {
      host.calls.push(call);
      if (!QUIET.test(command)) void load();
    } else host[command]?.(first);
  };
  intervene.isLoaded = true;
  window.$intervene = intervene;

  function boot(options: BootOptions): void {
    if (host) return;
    const made = document.createElement("intervene-chat") as unknown as Host;
    const { user, server = base, channel = "webchat", locale, theme, name } = options;
    for (const [attribute, value] of Object.entries({ server, channel, locale, theme, name }))
      if (value !== undefined) made.setAttribute(attribute, value);
    made.calls = user === undefined ? [] : [["setUser", user]];
    host = made;
    for (const call of early) intervene(...call);
    early = [];
    if (document.body) place(made);
    else document.addEventListener("DOMContentLoaded", () => place(made));
  }

  function place(made: Host): void {
    const language = (made.getAttribute("locale") || document.documentElement.lang || navigator.language).slice(0, 2);
    button = drawLauncher(made, language in LABELS ? language : "en");
    button.onclick = () => intervene("open");
    button.onpointerenter = button.onfocus = () => void load();
    attach();
    new MutationObserver(() => !host?.isConnected && document.body && attach()).observe(document, { childList: true });
    if (made.calls?.some(([command]) => !QUIET.test(command))) void load();
    else if (!(navigator as Saver).connection?.saveData) whenIdle(() => void load());
  }

  /**
   * Beside the body, which frameworks replace, empty and copy at each navigation, and mean the page. What removes the
   * chat itself means the chat: it stays away until it is called for.
   */
  function attach(): void {
    if (!host) return;
    document.documentElement.append(host);
    try {
      host.popover = "manual"; // the top layer: above any z-index, and no transform of an ancestor moves it
      host.showPopover();
    } catch {
      // a browser before 2024: `z-index` has to do
    }
  }

  function load(): Promise<unknown> {
    button?.setAttribute("aria-busy", "true");
    // A browser may remember that a module could not be loaded: each try has a URL of its own.
    loading ??= import(/* @vite-ignore */ `${base}${CHAT}${tries ? `#${tries}` : ""}`).catch((problem) => {
      tries += 1;
      loading = undefined;
      button?.removeAttribute("aria-busy");
      const detail = { code: "not_loaded", message: String(problem) };
      host?.dispatchEvent(new CustomEvent("intervene-error", { detail }));
    });
    return loading;
  }

  if (script?.dataset.channel !== undefined) boot(script.dataset as BootOptions);
  for (const call of stub?.queue ?? []) intervene(...call);
}

function whenIdle(then: () => void): void {
  const soon = () =>
    "requestIdleCallback" in window ? requestIdleCallback(then, { timeout: IDLE_WITHIN }) : setTimeout(then, 1000);
  if (document.readyState === "complete") soon();
  else window.addEventListener("load", () => soon());
}

start();
