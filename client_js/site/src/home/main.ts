/** The product page: the button that opens the chat, and the links to what only a server in development serves. */

import { showDevelopment } from "../development.ts";

const chat = document.getElementById("chat") as HTMLButtonElement;
chat.hidden = false; // without scripts there is no chat
chat.addEventListener("click", () => (window as { $intervene?: (command: string) => void }).$intervene?.("open"));

void showDevelopment();
