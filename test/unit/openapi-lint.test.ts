import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";

const FILE = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url));

test("the control API's document passes Redocly's recommended rules", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const source = readFileSync(FILE, "utf8");
  const problems = await lintFromString({ source, absoluteRef: FILE, config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  const planted = source.replace('"operationId": "signUp"', '"operationId": "signIn"');
  expect(await lintFromString({ source: planted, absoluteRef: FILE, config })).not.toEqual([]);
});
