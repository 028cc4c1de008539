/** How the launcher looks before the chat has loaded. The loader has no room for the catalogues and sheets. */

/** `open` of the catalogues of `@intervene/ui`; a test compares them. */
export const LABELS: Readonly<Record<string, string>> = {
  en: "Open the chat",
  de: "Chat öffnen",
  fr: "Ouvrir la discussion",
  es: "Abrir el chat",
  ar: "فتح الدردشة",
};

const SVG = "http://www.w3.org/2000/svg";
const BUBBLE = "M2.5 4.5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H7.2L4 13.2v-2.7a2 2 0 0 1-1.5-2z";

/** `:host` with `!important` wins over any rule of the page (CSS Cascade 5, 6.1: for those the inner context is first). */
export const HOST_RULES = `:host{all:initial!important;position:fixed!important;inset:0!important;z-index:2147483647!important;
display:block!important;pointer-events:none!important}
:host([hidden]){display:none!important}
@media print{:host{display:none!important}}`;

const SHEET = `${HOST_RULES}
button{all:unset;position:fixed;inset:auto 16px calc(16px + env(safe-area-inset-bottom,0px)) auto;inline-size:56px;block-size:56px;
border-radius:50%;display:grid;place-items:center;cursor:pointer;pointer-events:auto;color:var(--iv-you-on,#fff);
background:var(--iv-you-solid,#2d4be0);box-shadow:0 8px 24px rgb(18 22 30/.12),0 1px 3px rgb(18 22 30/.08)}
[dir=rtl]{inset:auto auto calc(16px + env(safe-area-inset-bottom,0px)) 16px}
button:focus-visible{outline:2px solid #2d4be0;outline-offset:2px}
button[aria-busy=true]{opacity:.8}
svg{inline-size:26px;block-size:26px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
@media(forced-colors:active){button{border:1px solid}}`;

/** Draws it into the host's shadow root, which `<intervene-chat>` takes over with all that is in it. */
export function drawLauncher(host: HTMLElement, language: string): HTMLButtonElement {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.dir = language === "ar" ? "rtl" : "ltr";
  button.setAttribute("aria-label", LABELS[language] ?? LABELS.en ?? "");
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 16 16");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", BUBBLE);
  icon.append(path);
  button.append(icon);
  root.append(button);
  return button;
}
