import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/dev-process.ts";

const DEMO = resolve(import.meta.dirname, "../../dev/demo.ts");

test("npm run demo streams, prints the receipt and balanced ledger rows, and leaves nothing behind", async () => {
  const directory = await temporaryDirectory();
  const child = spawn(process.execPath, [DEMO], {
    env: { PATH: process.env["PATH"] ?? "", TMPDIR: directory.path },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  const [code] = await once(child, "exit");
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toMatch(/outcome +"completed"/);
  expect(output).toMatch(/usage +provider_payable openai +-\d+/);
  expect(output).toMatch(/sum +0$/m);
  const left = await readdir(directory.path);
  expect(left.filter((name) => name.startsWith("prismatic-demo-"))).toEqual([]);
  await directory.remove();
});
