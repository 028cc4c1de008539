/** Keeps the focus in the panel while it has the whole screen: what is behind it cannot be seen. */

const STOPS = "button:not([disabled]), textarea, [tabindex='0']";

/** For `keydown` on the panel: from the last stop to the first, and back. */
export function trapTab(event: KeyboardEvent): void {
  if (event.key !== "Tab") return;
  const panel = event.currentTarget as HTMLElement;
  const stops = [...panel.querySelectorAll<HTMLElement>(STOPS)];
  const active = (panel.getRootNode() as ShadowRoot).activeElement;
  const [first, last] = [stops[0], stops.at(-1)];
  const goal = event.shiftKey ? active === first || active === panel : active === last;
  if (!goal) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
