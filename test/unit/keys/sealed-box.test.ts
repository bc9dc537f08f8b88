import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  makeOpeningKey,
  openSealed,
  parseOpeningKeys,
  parseSealingKey,
  PLAINTEXT_BYTES_MAX,
  seal,
  type OpeningKeys,
  type SealingKey,
} from "#keys";

const CONTEXT = { orgId: "org_1", provider: "openai" };
let privateJwk: object;
let keys: OpeningKeys;
let sealing: SealingKey;

beforeAll(async () => {
  privateJwk = await makeOpeningKey("k1");
  keys = await parseOpeningKeys(JSON.stringify([privateJwk]));
  sealing = await parseSealingKey(JSON.stringify({ ...privateJwk, d: undefined }));
});

describe("a sealed box", () => {
  it("gives back any text that was sealed, and only the same context opens it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" }), async (text) => {
        const box = await seal(sealing, text, CONTEXT);
        expect(await openSealed(keys, box, CONTEXT)).toBe(text);
        expect(box.keyVersion).toBe("k1");
      }),
      { numRuns: 30 },
    );
  });

  it("G28: that was moved to another organization or provider does not open", async () => {
    const box = await seal(sealing, "sk-live", CONTEXT);
    expect(await openSealed(keys, box, { ...CONTEXT, orgId: "org_2" })).toBeNull();
    expect(await openSealed(keys, box, { ...CONTEXT, provider: "groq" })).toBeNull();
    // Parts that join to the same text are still another context.
    expect(await openSealed(keys, box, { orgId: 'org_1","openai', provider: "" })).toBeNull();
  });

  it("that was changed in any byte does not open", async () => {
    const box = await seal(sealing, "sk-live", CONTEXT);
    const bytes = Uint8Array.from(atob(box.sealed), (character) => character.charCodeAt(0));
    for (const index of bytes.keys()) {
      const changed = bytes.with(index, (bytes[index] ?? 0) ^ 1);
      const sealed = btoa(String.fromCharCode(...changed));
      expect(await openSealed(keys, { ...box, sealed }, CONTEXT), `byte ${index}`).toBeNull();
    }
    for (const length of [0, 1, 65, 66, 82, bytes.length - 1]) {
      const sealed = btoa(String.fromCharCode(...bytes.subarray(0, length)));
      expect(await openSealed(keys, { ...box, sealed }, CONTEXT), `${length} bytes`).toBeNull();
    }
    expect(await openSealed(keys, { ...box, sealed: "not base64 !" }, CONTEXT)).toBeNull();
  });

  it("never looks like another of the same text, nor like the text", async () => {
    const [one, two] = await Promise.all([seal(sealing, "sk-live", CONTEXT), seal(sealing, "sk-live", CONTEXT)]);
    expect(one.sealed).not.toBe(two.sealed);
    expect(atob(one.sealed)).not.toContain("sk-live");
  });

  it("fits the account's bound with the longest text, and a longer or empty text is refused", async () => {
    const box = await seal(sealing, "x".repeat(PLAINTEXT_BYTES_MAX), CONTEXT);
    expect(box.sealed.length).toBeLessThanOrEqual(4_096);
    expect(await openSealed(keys, box, CONTEXT)).toHaveLength(PLAINTEXT_BYTES_MAX);
    for (const text of ["", "é".repeat(PLAINTEXT_BYTES_MAX / 2 + 1)]) {
      await expect(seal(sealing, text, CONTEXT)).rejects.toThrow(RangeError);
    }
    expect(await openSealed(keys, { ...box, sealed: box.sealed.padEnd(4_100, "A") }, CONTEXT)).toBeNull();
  });
});

describe("the gateway's keys", () => {
  it("rotate: old boxes open while their key is listed, new ones under the new key", async () => {
    const next = await makeOpeningKey("k2");
    const both = await parseOpeningKeys(JSON.stringify([privateJwk, next]));
    const old = await seal(sealing, "old", CONTEXT);
    const fresh = await seal(await parseSealingKey(JSON.stringify(next)), "fresh", CONTEXT);
    expect(await openSealed(both, old, CONTEXT)).toBe("old");
    expect(await openSealed(both, fresh, CONTEXT)).toBe("fresh");
    const onlyNew = await parseOpeningKeys(JSON.stringify([next]));
    expect(await openSealed(onlyNew, old, CONTEXT)).toBeNull();
    expect(await openSealed(onlyNew, { ...old, keyVersion: "k2" }, CONTEXT)).toBeNull();
  });

  it("may be none, and then nothing opens", async () => {
    const none = await parseOpeningKeys("");
    expect(await openSealed(none, await seal(sealing, "sk-live", CONTEXT), CONTEXT)).toBeNull();
  });

  it("that are malformed are refused without being quoted", async () => {
    const secret = "very-secret-d";
    const jwk = { ...privateJwk, d: secret };
    const without = (name: string) => ({ ...privateJwk, [name]: undefined });
    for (const value of [
      jwk,
      without("kid"),
      without("x"),
      without("d"),
      { ...jwk, crv: "P-384" },
      { ...privateJwk, kid: "a b" },
      { ...privateJwk, x: "AAAA" },
    ]) {
      const error = await parseOpeningKeys(JSON.stringify([value])).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain(secret);
    }
    await expect(parseOpeningKeys(JSON.stringify([privateJwk, privateJwk]))).rejects.toThrow("twice");
    await expect(parseOpeningKeys(`{${secret}`)).rejects.toThrow(/^a BYOK key is not JSON$/);
    await expect(parseOpeningKeys(JSON.stringify(Array(9).fill(privateJwk)))).rejects.toThrow("short list");
  });
});
