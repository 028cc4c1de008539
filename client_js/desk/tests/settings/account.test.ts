import type { wire } from "@intervene/client";
import { expect, test } from "vitest";
import { NOBODY_KNOWN, seen } from "../../src/core/presence.ts";
import { nameOf } from "../../src/places/settings/account/devices.ts";

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0",
    "Edge",
    "Windows",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "Safari",
    "macOS",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1",
    "Chrome",
    "iPhone",
  ],
  [
    "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
    "Samsung Internet",
    "Android",
  ],
  ["curl/8.0", "", ""],
  ["", "", ""],
])("a device is called by what its browser says: %s", (label, browser, system) => {
  expect(nameOf(label)).toEqual({ browser, system });
});

test("presence is what was said last; a reset forgets the rest, and offline is not there", () => {
  const says = (presence: wire.Availability, id: string, reset = false): wire.StaffPresence => ({
    type: "presence",
    people: [{ person: { type: "agent", id, name: id }, presence }],
    reset,
  });
  const both = seen(seen(NOBODY_KNOWN, says("available", "ana", true)), says("busy", "ben"));
  expect([...both]).toEqual([
    ["ana", "available"],
    ["ben", "busy"],
  ]);
  expect([...seen(both, says("away", "ana"))]).toEqual([
    ["ana", "away"],
    ["ben", "busy"],
  ]);
  expect([...seen(both, says("offline", "ana"))]).toEqual([["ben", "busy"]]);
  expect([...seen(both, says("available", "cy", true))]).toEqual([["cy", "available"]]);
  expect(NOBODY_KNOWN.size).toBe(0);
});
