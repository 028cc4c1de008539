/** Something said once at the foot of the desk, over all else and in the way of nothing. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Notifying } from "../notifying.ts";
import type { Upgrade } from "../upgrade.ts";
import { words } from "../words.ts";

export interface CornerOptions {
  readonly icon: string;
  readonly title: string;
  readonly meaning: string;
  /** The first is the one that is meant. */
  readonly acts: readonly { readonly label: string; readonly act: () => void }[];
}

export function corner({ icon: path, title, meaning, acts }: CornerOptions): TemplateResult {
  return html`<aside class="corner" aria-label=${title}>
    ${icon(path)}
    <p><b>${title}</b> ${meaning}</p>
    <div class="acts">
      ${acts.map(({ label, act }, n) => html`<button type="button" class="btn small ${n === 0 ? "" : "quiet"}" @click=${act}>${label}</button>`)}
    </div>
  </aside>`;
}

/** That the browser could call one, or is not let to. */
export function alertsNotice(notifying: Pick<Notifying, "notice" | "answer">): TemplateResult | typeof nothing {
  const { notice } = notifying;
  if (notice === null) return nothing;
  const answer = (wants: boolean) => () => void notifying.answer(wants);
  const [title, meaning, acts] =
    notice === "ask"
      ? ([
          words("askAlerts"),
          words("askAlertsMeans"),
          [
            { label: words("askAlertsYes"), act: answer(true) },
            { label: words("askAlertsNo"), act: answer(false) },
          ],
        ] as const)
      : ([
          words("blockedAlerts"),
          words("blockedAlertsMeans"),
          [{ label: words("blockedAlertsOk"), act: answer(false) }],
        ] as const);
  return corner({ icon: icons.bell, title, meaning, acts });
}

/** That this page is older than the server. */
export function upgradeNotice(upgrade: Upgrade): TemplateResult | typeof nothing {
  if (!upgrade.isDue) return nothing;
  const acts = [{ label: words("upgradedNow"), act: () => upgrade.load() }];
  return corner({ icon: icons.info, title: words("upgraded"), meaning: words("upgradedMeans"), acts });
}
