// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { inUse, nameOf, type Snapshot, sorted } from "../src/core/settings.ts";
import { Settings } from "../src/settings.ts";

let settings: Settings | undefined;

afterEach(() => settings?.stop());

/** A server whose answers a test changes. */
function server(answers: Record<string, unknown>) {
  const changed = vi.fn<(snapshot: Snapshot) => void>();
  const asked: string[] = [];
  const get = async <T>(path: string): Promise<T> => {
    asked.push(path);
    const answer = answers[path] ?? { items: [] };
    if (answer instanceof Error) throw answer;
    return answer as T;
  };
  let isLive = true;
  settings = new Settings({ api: { get }, isLive: () => isLive, changed });
  return {
    settings,
    changed,
    asked,
    leave: () => {
      isLive = false;
    },
  };
}

const row = (id: string, name: string, more: object = {}) => ({ id, name, version: 1, archived: false, ...more });

test("settings are read page by page, and sorted by position, then name", async () => {
  const { settings } = server({
    "/v1/statuses": { items: [row("s2", "Later", { position: 2 })], next: "s2" },
    "/v1/statuses?cursor=s2": { items: [row("s1", "Open"), row("s0", "new")], next: "" },
  });
  expect(settings.get().isLoaded).toBe(false);
  await settings.refresh();
  expect(settings.get().statuses.map(({ name }) => name)).toEqual(["new", "Open", "Later"]);
  expect(settings.get().isLoaded).toBe(true);
});

test("what cannot be read stays as it was", async () => {
  const answers: Record<string, unknown> = { "/v1/queues": { items: [row("q", "Billing")] } };
  const { settings } = server(answers);
  await settings.refresh();
  answers["/v1/queues"] = new Error("away");
  await settings.refresh();
  expect(settings.get().queues.map(({ name }) => name)).toEqual(["Billing"]);
});

test("the same answer changes nothing, and nothing is asked without a connection", async () => {
  const { settings, changed, asked, leave } = server({ "/v1/queues": { items: [row("q", "Billing")] } });
  await settings.refresh();
  const before = settings.get();
  await settings.refresh();
  expect(settings.get()).toBe(before);
  expect(changed).toHaveBeenCalledTimes(1);
  const count = asked.length;
  leave();
  await settings.refresh();
  expect(asked.length).toBe(count);
});

test("a change while they are read is read too", async () => {
  const answers: Record<string, unknown> = { "/v1/queues": { items: [row("q", "Billing")] } };
  const { settings } = server(answers);
  const first = settings.refresh();
  answers["/v1/queues"] = { items: [row("q", "Bills")] };
  await Promise.all([first, settings.refresh()]);
  expect(nameOf(settings.get().queues, "q")).toBe("Bills");
});

test("what is archived or not active keeps its name and is not offered", () => {
  const rows = [
    row("a", "A", { is_active: true }),
    row("b", "B", { is_active: false }),
    row("c", "C", { archived: true }),
  ];
  expect(inUse(rows).map(({ id }) => id)).toEqual(["a"]);
  expect(nameOf(rows, "c")).toBe("C");
  expect(nameOf(rows, "gone")).toBe("");
  expect(sorted([row("b", "item 10"), row("a", "Item 2")]).map(({ id }) => id)).toEqual(["a", "b"]);
});
