/** The words of the settings' frame and kit. */

import { inLanguage } from "../../language.ts";
import { en } from "./en.ts";

export const words = inLanguage(en, { ar: () => import("./ar.ts") });
