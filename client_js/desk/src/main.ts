/** The desk's page. */

import "./page.css";
import { Desk } from "./app.ts";
import { language, spoken } from "./language.ts";
import { words } from "./words.ts";

// Nothing is painted yet: the desk is drawn once, in its language.
document.documentElement.lang = language;
document.documentElement.dir = words.direction;
void spoken().then(() => customElements.define("intervene-desk", Desk));
