import { expect, test } from "vitest";
import { parseAuditKeys } from "#audit";
import { keyText } from "./chains.ts";

test("the newest version is the highest number, not the last text", () => {
  const keys = parseAuditKeys(JSON.stringify({ 9: keyText(9), 10: keyText(10), 1: keyText(1) }));
  expect([keys.newest, [...keys.byVersion.keys()]]).toEqual([10, [1, 9, 10]]);
});

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["a list", "[]"],
  ["no key", "{}"],
  ["a version of 0", JSON.stringify({ 0: keyText(1) })],
  ["a version that is no number", JSON.stringify({ a: keyText(1) })],
  ["a short key", JSON.stringify({ 1: Buffer.alloc(31).toString("base64") })],
  ["a long key", JSON.stringify({ 1: Buffer.alloc(33).toString("base64") })],
  ["a key that is no base64", JSON.stringify({ 1: "!".repeat(44) })],
  ["a key that is no text", JSON.stringify({ 1: 7 })],
])("%s is refused, by the variable's name and without a word of it", (_, text) => {
  expect(() => parseAuditKeys(text)).toThrow(/^AUDIT_KEYS: (?!.*AAAA)/);
});
