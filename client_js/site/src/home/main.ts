/** The product page: the button that opens the chat, and the links to what only a server in development serves. */

import type {} from "@intervene/widget"; // it says what `$intervene` is
import { showDevelopment } from "../development.ts";

const chat = document.getElementById("chat") as HTMLButtonElement;
chat.hidden = false; // without scripts there is no chat
chat.addEventListener("click", () => window.$intervene?.("open"));

void showDevelopment();
