/** What the loader loads: the element, defined once however many copies of this module there are. */

import "./styles.ts"; // beside those of ui: what is alike and near is packed smaller
import { InterveneChat } from "./element.ts";

// In a task of its own: a slow phone has just read the module.
setTimeout(() => {
  if (!customElements.get("intervene-chat")) customElements.define("intervene-chat", InterveneChat);
});
