import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hashCode,
  makeDeviceCode,
  makeUserCode,
  MANAGEMENT_KEY_PATTERN,
  mintKey,
  mintManagementKey,
  newLocator,
  normaliseUserCode,
  parsePeppers,
  verifyKey,
  verifyManagementKey,
} from "#keys";

const random = (length: number) => new Uint8Array(randomBytes(length));
const pepper = () => randomBytes(32).toString("base64url");
const first = pepper();
const peppers = await parsePeppers(JSON.stringify({ 1: first }));

describe("a management key", () => {
  it("has the published form, shows no secret, and verifies to its stored hash", async () => {
    const minted = await mintManagementKey(peppers, random);
    expect(minted.key).toMatch(MANAGEMENT_KEY_PATTERN);
    expect(minted.prefix).toBe(minted.key.slice(0, 17));
    expect(minted.key.endsWith(minted.lastFour)).toBe(true);
    expect(await verifyManagementKey(minted.key, peppers)).toBe(minted.hash);
    expect(minted.hash).not.toBe(createHash("sha256").update(minted.key).digest("hex"));
  });

  it("with any one character changed is refused without a lookup", async () => {
    const { key } = await mintManagementKey(peppers, random);
    const replacement = fc.constantFrom("0", "9", "A", "Z", "a", "z", "_", "é", " ");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: key.length - 1 }), replacement, async (index, character) => {
        fc.pre(key[index] !== character);
        expect(await verifyManagementKey(key.slice(0, index) + character + key.slice(index + 1), peppers)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it("of another deployment's pepper is refused, of an older one of ours is not", async () => {
    const { key, hash } = await mintManagementKey(peppers, random);
    expect(await verifyManagementKey(key, await parsePeppers(JSON.stringify({ 1: pepper() })))).toBeNull();
    expect(await verifyManagementKey(key, await parsePeppers(JSON.stringify({ 1: first, 2: pepper() })))).toBe(hash);
  });

  it("is no API key, nor is an API key one", async () => {
    const { key } = await mintManagementKey(peppers, random);
    expect(await verifyKey(key, peppers)).toEqual({ ok: false, code: "malformed_api_key" });
    const api = await mintKey({ mode: "live", region: "g", locator: newLocator(random) }, peppers, random);
    expect(await verifyManagementKey(api.key, peppers)).toBeNull();
  });
});

describe("a device login's codes", () => {
  it("are typed however one likes, with no letter that makes words", () => {
    const code = makeUserCode(random);
    expect(code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect(normaliseUserCode(` ${code.toLowerCase().replace("-", " ")} `)).toBe(code.replace("-", ""));
    for (const wrong of ["", "AEIO-UAEI", "BCDF-GHJ", "BCDF-GHJKL"]) expect(normaliseUserCode(wrong)).toBeNull();
  });

  it("use every letter evenly: bytes that would favour some are drawn again", () => {
    const bytes = [255, 240, 0, 19, 20, 239, 1, 2, 3, 4];
    const source = (length: number) => Uint8Array.from(bytes.splice(0, length));
    expect(makeUserCode(source)).toBe("BZBZ-CDFG");
    expect(() => makeUserCode((length) => new Uint8Array(length).fill(250))).toThrow("no usable bytes");
  });

  it("are stored by hashes of different purposes", async () => {
    const code = makeDeviceCode(random);
    expect(code).toMatch(/^[0-9A-Za-z]{43}$/);
    const hashes = await Promise.all([
      hashCode("device code", code, peppers),
      hashCode("user code", code, peppers),
      Promise.resolve(createHash("sha256").update(code).digest("hex")),
    ]);
    expect(new Set(hashes).size).toBe(3);
  });
});
