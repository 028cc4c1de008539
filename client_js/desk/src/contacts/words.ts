/** What is said of contacts, in the language of the desk. */

import { inLanguage } from "../language.ts";
import { en } from "./en.ts";

export const said = inLanguage(en, { ar: () => import("./ar.ts") });
