import { expect, test } from "vitest";
import { formatHeads, parseHeads } from "#audit";
import { ORG } from "./chains.ts";

const mac = (letter: string): string => letter.repeat(43);
const head = (chain: string, position: number, letter = "A") => ({ chain, position, mac: mac(letter) });

test("what is written is read again", () => {
  const heads = [head(ORG, 7), head("platform", 1, "B")];
  expect([...parseHeads(formatHeads(heads)).values()]).toEqual(heads);
});

test("the console's log is such a file: other lines are passed over, and the furthest head of a chain counts", () => {
  const log = [
    '{"time":"2026-11-30T03:28:57.580Z","level":"info","message":"outbox_projected","applied":1}',
    `[workerd] ${JSON.stringify({ message: "audit_chain_head", ...head(ORG, 9, "C") })}`,
    JSON.stringify({ message: "audit_chain_head", ...head(ORG, 8) }),
    "",
  ].join("\n");
  expect(parseHeads(log)).toEqual(new Map([[ORG, head(ORG, 9, "C")]]));
});

test.each([
  ["no head at all", "\n"],
  ["half a line", `{"chain":"${ORG}","position":3,"mac":"AA`],
  ["a position of 0", JSON.stringify(head(ORG, 0))],
  ["a position that is text", JSON.stringify({ ...head(ORG, 1), position: "1" })],
  ["a chain that is no chain", JSON.stringify(head("org_x", 1))],
  ["a mac that is none", JSON.stringify({ ...head(ORG, 1), mac: "short" })],
])("%s is refused: a file that says nothing must not pass for one that agrees", (_, text) => {
  expect(() => parseHeads(text)).toThrow("head");
});
