/** The page for developers: code that names this server, and a button that copies it. */

import { showDevelopment } from "../development.ts";

const EXAMPLE = "//chat.example.com"; // what the code calls the server
const SHOWN = 2_000; // milliseconds for which the button says that it has copied

const status = Object.assign(document.createElement("p"), { className: "vh", role: "status" });
document.body.append(status);

for (const figure of document.querySelectorAll("figure")) {
  const code = figure.querySelector("code");
  const caption = figure.querySelector("figcaption");
  if (!code || !caption) continue;
  code.textContent = forThisServer(code.textContent ?? "");
  const words = `Copy: ${caption.textContent}`;
  const button = Object.assign(document.createElement("button"), { className: "btn", type: "button" });
  button.textContent = "Copy";
  button.setAttribute("aria-label", words);
  button.addEventListener("click", () => void copy(code, button));
  caption.append(button);
}
void showDevelopment();

function forThisServer(code: string): string {
  const scheme = location.protocol === "https:" ? "s:" : ":";
  return code.replaceAll(new RegExp(`(http|ws)s:${EXAMPLE}`, "g"), `$1${scheme}//${location.host}`);
}

async function copy(code: HTMLElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    say(button, "Copied");
  } catch {
    getSelection()?.selectAllChildren(code); // refused: the keyboard still copies what is selected
    say(button, "Selected");
  }
}

function say(button: HTMLButtonElement, words: string): void {
  button.textContent = words;
  status.textContent = words;
  setTimeout(() => {
    button.textContent = "Copy";
    status.textContent = "";
  }, SHOWN);
}
