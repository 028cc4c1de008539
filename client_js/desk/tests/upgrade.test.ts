import { describe, expect, test } from "vitest";
import { isUpgraded } from "../src/core/upgrade.ts";

describe("the server has another desk", () => {
  const page = (script: string) => `<script type="module" src="${script}"></script><intervene-desk></intervene-desk>`;

  test("if its page names another script", () => {
    expect(isUpgraded(page("/assets/desk-11111111.js"), "/assets/desk-22222222.js")).toBe(true);
    expect(isUpgraded(page("/assets/desk-11111111.js"), "/assets/desk-11111111.js")).toBe(false);
  });

  test("but not for what a proxy answers instead, nor where its own script is not known", () => {
    expect(isUpgraded("<h1>502 Bad Gateway</h1>", "/assets/desk-11111111.js")).toBe(false);
    expect(isUpgraded(page("/assets/desk-11111111.js"), "")).toBe(false);
  });
});
