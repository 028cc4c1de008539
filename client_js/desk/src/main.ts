/** The desk's page. */

import "./page.css";
import { Desk } from "./app.ts";

customElements.define("intervene-desk", Desk);
