import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ID_PREFIXES, idTimeMs, isId, newId, type Clock, type IdKind } from "#kernel";

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own names
const kinds = Object.keys(ID_PREFIXES) as IdKind[];
const clockAt = (ms: number): Clock => ({ nowMs: () => ms });
const filled = (byte: number) => (length: number) => new Uint8Array(length).fill(byte);
const times = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const bytes = fc.integer({ min: 0, max: 255 });

describe("an id", () => {
  it("is well formed, carries its time, and is of one kind only", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), times, bytes, (kind, ms, byte) => {
        const id = newId(kind, clockAt(ms), filled(byte));
        expect(idTimeMs(id)).toBe(ms);
        for (const other of kinds) expect(isId(other, id)).toBe(other === kind);
      }),
    );
  });

  it("sorts by time within its kind", () => {
    fc.assert(
      fc.property(times, times, bytes, bytes, (one, other, first, second) => {
        fc.pre(one < other);
        const older = newId("generation", clockAt(one), filled(first));
        const newer = newId("generation", clockAt(other), filled(second));
        expect(older < newer).toBe(true);
      }),
    );
  });

  it("differs where only the randomness does", () => {
    expect(newId("generation", clockAt(1), filled(1))).not.toBe(newId("generation", clockAt(1), filled(2)));
  });

  it("has a prefix that no other kind has", () => {
    expect(new Set(Object.values(ID_PREFIXES)).size).toBe(kinds.length);
  });

  it("is nothing else: other alphabets, lengths, cases, prefixes, a first character above 7, trailing text", () => {
    const id = newId("apiKey", clockAt(Date.UTC(2026, 0, 1)), filled(7));
    const body = id.slice("key_".length);
    const wrong = [
      "",
      "key_",
      body,
      `gen_${body}`,
      `KEY_${body}`,
      id.toUpperCase(),
      `${id}0`,
      id.slice(0, -1),
      `${id}\n`,
      `key_8${body.slice(1)}`,
    ];
    for (const character of ["i", "l", "o", "u", "-", "'", " "]) wrong.push(`key_${body.slice(0, -1)}${character}`);
    for (const text of wrong) expect(isId("apiKey", text), text).toBe(false);
    expect(isId("apiKey", id)).toBe(true);
  });

  it("gives its time only when it is one", () => {
    for (const text of ["", "key_", "key_short", `key_${"u".repeat(26)}`])
      expect(() => idTimeMs(text), text).toThrow(RangeError);
  });
});
