import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEY_PATTERN, mintKey, newLocator, parsePeppers, verifyKey } from "#keys";

const random = (length: number) => new Uint8Array(randomBytes(length));
const pepper = () => randomBytes(32).toString("base64url");
const onePepper = await parsePeppers(JSON.stringify({ 1: pepper() }));

describe("a minted key", () => {
  it("has the published form, and verifies to its own organization", async () => {
    const locator = newLocator(random);
    const minted = await mintKey({ mode: "live", region: "e", locator }, onePepper, random);
    expect(minted.key).toMatch(KEY_PATTERN);
    expect(minted.key).toHaveLength(79);
    expect(await verifyKey(minted.key, onePepper)).toEqual({
      ok: true,
      key: { mode: "live", region: "e", locator, hash: minted.hash },
    });
  });

  it("shows a prefix and four characters that do not give the secret away", async () => {
    const minted = await mintKey({ mode: "test", region: "g", locator: newLocator(random) }, onePepper, random);
    expect(minted.prefix).toHaveLength(17);
    expect(minted.prefix.startsWith("prism_test_g1")).toBe(true);
    expect(minted.key.endsWith(minted.lastFour)).toBe(true);
  });
});

describe("the edge check", () => {
  it("refuses every single changed character without a lookup", async () => {
    const { key } = await mintKey({ mode: "live", region: "g", locator: newLocator(random) }, onePepper, random);
    const replacement = fc.constantFrom("0", "9", "A", "Z", "a", "z", "_", "-", "é", " ");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: key.length - 1 }), replacement, async (index, character) => {
        fc.pre(key[index] !== character);
        const changed = key.slice(0, index) + character + key.slice(index + 1);
        const verdict = await verifyKey(changed, onePepper);
        expect(verdict.ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("calls what has not the form malformed, and what has it but a wrong tag invalid", async () => {
    const { key } = await mintKey({ mode: "live", region: "g", locator: newLocator(random) }, onePepper, random);
    expect(await verifyKey("sk-proj-abc", onePepper)).toEqual({ ok: false, code: "malformed_api_key" });
    expect(await verifyKey(`${key}\n`, onePepper)).toEqual({ ok: false, code: "malformed_api_key" });
    const forgedTag = key.slice(0, -6) + (key.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA");
    expect(await verifyKey(forgedTag, onePepper)).toEqual({ ok: false, code: "invalid_api_key" });
  });

  it("refuses a key minted under another deployment's pepper", async () => {
    const other = await parsePeppers(JSON.stringify({ 1: pepper() }));
    const { key } = await mintKey({ mode: "live", region: "g", locator: newLocator(random) }, other, random);
    expect(await verifyKey(key, onePepper)).toEqual({ ok: false, code: "invalid_api_key" });
  });

  it("S7: the stored hash is keyed, so a plain SHA-256 of the key never equals it", async () => {
    const { key, hash } = await mintKey({ mode: "live", region: "g", locator: newLocator(random) }, onePepper, random);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hash).not.toBe(createHash("sha256").update(key).digest("hex"));
    const otherPepper = await parsePeppers(JSON.stringify({ 1: pepper() }));
    const verdict = await verifyKey(key, otherPepper);
    expect(verdict.ok).toBe(false);
  });
});

describe("peppers", () => {
  it("verify keys of an older version beside the new one, and mint under the newest", async () => {
    const first = pepper();
    const old = await parsePeppers(JSON.stringify({ 1: first }));
    const { key } = await mintKey({ mode: "live", region: "g", locator: newLocator(random) }, old, random);
    const both = await parsePeppers(JSON.stringify({ 1: first, 2: pepper() }));
    expect((await verifyKey(key, both)).ok).toBe(true);
    expect(
      (await mintKey({ mode: "live", region: "g", locator: newLocator(random) }, both, random)).pepperVersion,
    ).toBe("2");
  });

  it.each(["", "{}", "[]", "null", '{"1":""}', '{"1":"c2hvcnQ"}', '{"12":"x"}', '{"1":7}'])(
    "refuse to start on %j, without quoting it",
    async (text) => {
      const failure = await parsePeppers(text).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(String(failure)).not.toContain("c2hvcnQ");
    },
  );
});
