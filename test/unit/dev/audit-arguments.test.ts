import { expect, test } from "vitest";
import { readArguments } from "../../../dev/audit/arguments.ts";

const ORG = "org_01jd2v5f9gfq2t0000000000aa";

test("verify takes one chain, a kept head and where the new ones go", () => {
  const args = ["verify", "--org", "platform", "--head", "old.jsonl", "--write-head", "new.jsonl"];
  expect(readArguments(args)).toMatchObject({
    command: "verify",
    org: "platform",
    head: "old.jsonl",
    writeHead: "new.jsonl",
  });
  expect(readArguments(["verify"])).toMatchObject({ org: null, head: null, writeHead: null });
});

test("an export is of one organization, as JSON lines unless it is asked for otherwise", () => {
  expect(readArguments(["export", "--org", ORG])).toMatchObject({ command: "export", org: ORG, format: "jsonl" });
  expect(readArguments(["export", "--org", ORG, "--format", "csv"])).toMatchObject({ format: "csv" });
});

test.each([
  ["no command", []],
  ["another command", ["mend"]],
  ["two commands", ["verify", "export"]],
  ["an unknown option", ["verify", "--all"]],
  ["an option without its value", ["verify", "--head"]],
  ["what is no organization", ["verify", "--org", "org_x"]],
  ["an export of nobody", ["export"]],
  ["an export of the platform's own", ["export", "--org", "platform"]],
  ["a format that there is not", ["export", "--org", ORG, "--format", "xml"]],
])("%s is answered with the usage", (_, args) => {
  expect(() => readArguments(args)).toThrow("usage:");
});
