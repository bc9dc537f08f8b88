import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { subjectNames } from "#abuse";

const SECRET = Buffer.alloc(32, 7);
const nameSubject = subjectNames(SECRET.toString("base64"));

test("a name is a keyed hash: another secret gives another, and none gives the subject away", async () => {
  const mac = createHmac("sha256", SECRET).update("prismatic door 1\nsign_in\naddress\nada@example.test").digest();
  const name = await nameSubject("sign_in", "address", "ada@example.test");
  expect(name).toBe(`sign_in:address:${mac.subarray(0, 16).toString("base64url")}`);
  const other = subjectNames(Buffer.alloc(32, 8).toString("base64"));
  expect(await other("sign_in", "address", "ada@example.test")).not.toBe(name);
});

test("the same text as another kind, or at another door, has another name", async () => {
  const names = await Promise.all([
    nameSubject("sign_in", "host", "x"),
    nameSubject("sign_in", "network", "x"),
    nameSubject("sign_up", "host", "x"),
  ]);
  expect(new Set(names.map((name) => name.split(":")[2])).size).toBe(3);
});

test.each(["", "short", Buffer.alloc(31).toString("base64"), "!".repeat(44)])("'%s' is no secret", (text) => {
  expect(() => subjectNames(text)).toThrow(/^DOOR_SECRET: wants 32 bytes in base64$/);
});
