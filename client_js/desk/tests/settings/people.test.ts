import { expect, test } from "vitest";
import { found, offered, type Person, queuesOf } from "../../src/places/settings/people/rows.ts";

function person(id: string, more: Partial<Person> = {}): Person {
  return { id, name: id, email: `${id}@acme.test`, role: "agent", version: 1, disabled: 0, ...more };
}

test("people are found by parts of name and address, whatever the accents; who is disabled comes last", () => {
  const people = [person("zoë"), person("ana", { disabled: 5 }), person("Ben"), person("cy", { name: "Ägir Öst" })];
  const ids = (sought: string) => found(people, sought).map(({ id }) => id);
  expect(ids("")).toEqual(["cy", "Ben", "zoë", "ana"]);
  expect(ids("zoe")).toEqual(["zoë"]);
  expect(ids(" ost  AGIR")).toEqual(["cy"]);
  expect(ids("acme ana")).toEqual(["ana"]);
  expect(ids("nobody")).toEqual([]);
});

test("an agent in no queue serves the default one", () => {
  const teams = [
    { name: "General", members: [], isDefault: true },
    { name: "Payments", members: ["ana"], isDefault: false },
  ];
  expect(queuesOf(person("ana"), teams)).toEqual(["Payments"]);
  expect(queuesOf(person("ben"), teams)).toEqual(["General"]);
});

test("nobody is offered their own role, so an admin is always left; who is disabled is only enabled", () => {
  expect(offered(person("ana", { role: "admin" }), "ana")).toEqual({ roles: [], acts: [] });
  expect(offered(person("ben"), "ana")).toEqual({
    roles: ["supervisor", "admin"],
    acts: ["resetLink", "signOut", "disable"],
  });
  expect(offered(person("ben", { email: "" }), "ana").acts).toEqual(["signOut", "disable"]);
  expect(offered(person("ben", { disabled: 9 }), "ana")).toEqual({ roles: [], acts: ["enable"] });
});
