/** Beside the way in: the control line, from a bot to a person. Decoration. */

import { html, type TemplateResult } from "lit";

export function figure(): TemplateResult {
  return html`<figure aria-hidden="true"><svg width="400" height="620" viewBox="0 0 400 620" fill="none">
    <path class="b" d="M348 0V330" stroke-width="2.5" stroke-dasharray="4 5" /><path class="y" d="M348 340V620" stroke-width="2.5" />
    <rect class="c" x="20" y="40" width="150" height="36" rx="13" /><rect class="bt" x="130" y="104" width="176" height="36" rx="13" />
    <rect class="bs" x="330" y="104" width="36" height="36" rx="10" /><path class="be" d="M343 118v8M353 118v8" stroke-width="3.4" stroke-linecap="round" />
    <rect class="c" x="20" y="168" width="120" height="36" rx="13" /><rect class="bt" x="170" y="232" width="136" height="36" rx="13" />
    <rect class="bs" x="330" y="232" width="36" height="36" rx="10" /><path class="be" d="M343 246v8M353 246v8" stroke-width="3.4" stroke-linecap="round" />
    <path class="b" d="M172 278h134" stroke-width="2" stroke-dasharray="6 4" /><path class="l" d="M20 340h300" />
    <circle class="p" cx="348" cy="340" r="24" /><circle class="ys" cx="348" cy="340" r="20" />
    <rect class="yt" x="110" y="404" width="196" height="36" rx="13" /><circle class="ys" cx="348" cy="422" r="18" />
    <rect class="c" x="20" y="468" width="170" height="36" rx="13" /><rect class="yt" x="196" y="532" width="110" height="36" rx="13" />
    <circle class="ys" cx="348" cy="550" r="18" />
  </svg></figure>`;
}
