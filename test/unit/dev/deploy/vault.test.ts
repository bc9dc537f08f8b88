import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Vault } from "../../../../dev/deploy/vault.ts";

const PASSPHRASE = "correct horse battery staple";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "prismatic-vault-"));
  path = join(directory, "staging.vault.json");
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const open = (passphrase = PASSPHRASE, environment = "staging") =>
  Vault.open({ path, environment, passphrase, random: randomBytes, cost: 16 });

describe("the vault", () => {
  test("gives back what was put, to who has the passphrase", async () => {
    await (await open()).put("KEY_PEPPERS", '{"1":"ä secret"}');
    expect((await open()).get("KEY_PEPPERS")).toBe('{"1":"ä secret"}');
    expect((await open()).get("OTHER")).toBeNull();
    expect(readFileSync(path, "utf8")).not.toContain("secret");
  });

  test("does not open under another passphrase, as another environment's, or changed", async () => {
    await (await open()).put("KEY_PEPPERS", "value");
    await expect(open("another horse battery staple")).rejects.toThrow("does not open");
    await expect(open(PASSPHRASE, "production")).rejects.toThrow("does not open");
    const file: { sealed: string } = JSON.parse(readFileSync(path, "utf8"));
    const bytes = Buffer.from(file.sealed, "base64");
    for (const change of [bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte)), bytes.subarray(0, 14)]) {
      writeFileSync(path, JSON.stringify({ ...file, sealed: Buffer.from(change).toString("base64") }));
      await expect(open()).rejects.toThrow("does not open");
    }
    writeFileSync(path, "{}");
    await expect(open()).rejects.toThrow("is not a vault");
  });

  test("never seals twice alike, and wants a passphrase that cannot be tried", async () => {
    const vault = await open();
    await vault.put("A", "value");
    const first = readFileSync(path, "utf8");
    await vault.put("A", "value");
    expect(readFileSync(path, "utf8")).not.toBe(first);
    rmSync(path);
    await expect(open("too short")).rejects.toThrow("16 characters");
  });
});
