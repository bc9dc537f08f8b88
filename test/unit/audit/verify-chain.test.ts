import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  extendChain,
  verifyChain,
  type AuditEntry,
  type AuditKeys,
  type AuditSeal,
  type ChainHead,
  type ChainLink,
  type ChainVerdict,
} from "#audit";
import { entriesOf, keysOf, makeEntry, ORG, OTHER_ORG, pagesOf, SEALED_AT_MS, sealedChain } from "./chains.ts";

interface Parts {
  readonly keys?: AuditKeys;
  readonly chain?: string;
  readonly keptHead?: ChainHead | null;
  readonly overdue?: string | null;
}

const verify = (links: readonly ChainLink[], parts: Parts = {}): Promise<ChainVerdict> =>
  verifyChain({
    chain: parts.chain ?? ORG,
    keys: parts.keys ?? keysOf(1),
    pages: pagesOf(links),
    keptHead: parts.keptHead ?? null,
    findOverdue: () => Promise.resolve(parts.overdue ?? null),
  });

const brokenBy = (kind: string, position: number | null, entryId: string | null) =>
  expect.objectContaining({ ok: false, fault: { kind, position, entryId } });

function linkAt(links: readonly ChainLink[], index: number): ChainLink {
  const link = links[index];
  if (link === undefined) throw new Error(`no link ${index}`);
  return link;
}

const headOf = (links: readonly ChainLink[], position: number): ChainHead => linkAt(links, position - 1).seal;
const idAt = (links: readonly ChainLink[], index: number): string => linkAt(links, index).seal.entryId;

describe("a chain that nobody touched", () => {
  test.each([0, 1, 2, 3, 7])("of %i entries verifies", async (count) => {
    const verdict = await verify(await sealedChain(entriesOf(count)));
    expect(verdict).toMatchObject({ ok: true, chain: ORG, sealed: count });
  });

  test("verifies in the order in which it was sealed, though an entry came late with a lower seq", async () => {
    const links = await sealedChain([makeEntry(2), makeEntry(3), makeEntry(1)]);
    expect(await verify(links)).toMatchObject({ ok: true, sealed: 3 });
  });

  test("goes on under a newer key, and the older still verifies what it sealed", async () => {
    const first = await sealedChain(entriesOf(2));
    const more = [makeEntry(3), makeEntry(4)];
    const keys = keysOf(1, 2);
    const seals = await extendChain(ORG, headOf(first, 2), more, { keys, sealedAtMs: SEALED_AT_MS });
    const links = [...first, ...seals.map((seal, index) => ({ seal, entry: more[index] ?? null }))];
    expect(links.map(({ seal }) => seal.keyVersion)).toEqual([1, 1, 2, 2]);
    expect(await verify(links, { keys })).toMatchObject({ ok: true, sealed: 4 });
    expect(await verify(links, { keys: keysOf(2) })).toEqual(brokenBy("key_unknown", 1, idAt(links, 0)));
  });

  test("ends at the head that an operator keeps, or beyond it", async () => {
    const links = await sealedChain(entriesOf(4));
    for (const position of [1, 3, 4]) {
      expect(await verify(links, { keptHead: headOf(links, position) })).toMatchObject({ ok: true });
    }
  });
});

describe("verifying finds", () => {
  const ENTRY_COLUMNS = Object.keys(makeEntry(1));
  const SEAL_COLUMNS = ["position", "mac", "keyVersion", "sealedAt"];

  test.each(ENTRY_COLUMNS)("another value, and none, in an entry's column %s", async (column) => {
    for (const value of ["changed", null]) {
      const links = await sealedChain(entriesOf(3));
      const entry = linkAt(links, 1).entry;
      Reflect.set(Object(entry), column, value);
      // An entry that says it is of another organization is named as such.
      const kind = column === "orgId" ? "entry_foreign" : "mac_wrong";
      expect(await verify(links)).toEqual(brokenBy(kind, 2, idAt(links, 1)));
    }
  });

  test("any one change of any column of any entry or seal, wherever it is in the chain", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        fc.constantFrom(...ENTRY_COLUMNS, ...SEAL_COLUMNS),
        fc.oneof(fc.string({ unit: "grapheme" }), fc.constant(null), fc.integer({ min: 1, max: 9 })),
        fc.nat(),
        async (count, which, column, anything, place) => {
          const links = await sealedChain(entriesOf(count));
          const index = which % count;
          const link = linkAt(links, index);
          const holder: AuditEntry | AuditSeal | null = SEAL_COLUMNS.includes(column) ? link.seal : link.entry;
          const before: unknown = Reflect.get(Object(holder), column);
          const after = changed(before, anything, place);
          fc.pre(after !== before);
          Reflect.set(Object(holder), column, after);
          const verdict = await verify(links);
          expect(verdict.ok).toBe(false);
          // Nothing before it is blamed, and nothing behind it is looked at.
          expect(verdict.sealed).toBe(index);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a mac written in another way, though it stands for the same bytes", async () => {
    const links = await sealedChain(entriesOf(2));
    const { seal } = linkAt(links, 1);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(seal.mac.slice(-1));
    Reflect.set(seal, "mac", seal.mac.slice(0, -1) + alphabet.charAt(last + 1));
    expect(await verify(links)).toEqual(brokenBy("mac_wrong", 2, seal.entryId));
  });

  test("a seal that was taken out, with its entry or alone", async () => {
    const links = await sealedChain(entriesOf(4));
    expect(await verify(links.toSpliced(1, 1))).toEqual(brokenBy("seal_missing", 2, null));
    expect(await verify(links.slice(1))).toEqual(brokenBy("seal_missing", 1, null));
    const id = idAt(links, 3);
    expect(await verify(links.slice(0, 3), { overdue: id })).toEqual(brokenBy("unsealed", null, id));
  });

  test("an entry that was taken out and whose seal was left, or closed over", async () => {
    const links = await sealedChain(entriesOf(4));
    const { seal } = linkAt(links, 1);
    expect(await verify(links.with(1, { seal, entry: null }))).toEqual(brokenBy("entry_missing", 2, seal.entryId));
    const closed = links
      .toSpliced(1, 1)
      .map(({ seal: { ...seal }, entry }, index) => ({ seal: Object.assign(seal, { position: index + 1 }), entry }));
    expect(await verify(closed)).toEqual(brokenBy("mac_wrong", 2, idAt(links, 2)));
  });

  test("two seals that changed places, with their positions or without", async () => {
    const links = await sealedChain(entriesOf(4));
    const [second, third] = [linkAt(links, 1), linkAt(links, 2)];
    expect(await verify(links.with(1, third).with(2, second))).toEqual(brokenBy("seal_missing", 2, null));
    const swapped = links
      .with(1, { ...third, seal: { ...third.seal, position: 2 } })
      .with(2, { ...second, seal: { ...second.seal, position: 3 } });
    expect(await verify(swapped)).toEqual(brokenBy("mac_wrong", 2, third.seal.entryId));
  });

  test("two entries that changed places under their seals", async () => {
    const links = await sealedChain(entriesOf(3));
    const [first, second] = [linkAt(links, 0), linkAt(links, 1)];
    const swapped = links.with(0, { ...first, entry: second.entry }).with(1, { ...second, entry: first.entry });
    expect(await verify(swapped)).toEqual(brokenBy("mac_wrong", 1, first.seal.entryId));
  });

  test("a seal that comes twice, at its own position or at the next", async () => {
    const links = await sealedChain(entriesOf(3));
    const second = linkAt(links, 1);
    expect(await verify(links.toSpliced(2, 0, second))).toEqual(brokenBy("seal_repeated", 2, second.seal.entryId));
    const renumbered = [...links, { ...second, seal: { ...second.seal, position: 4 } }];
    expect(await verify(renumbered)).toEqual(brokenBy("mac_wrong", 4, second.seal.entryId));
  });

  test("a seal of another chain, with its own entry or under its own name", async () => {
    const links = await sealedChain(entriesOf(2));
    const entry = makeEntry(9, { orgId: OTHER_ORG });
    const foreign = linkAt(
      await sealedChain([makeEntry(7, { orgId: OTHER_ORG }), makeEntry(8), entry], keysOf(1), OTHER_ORG),
      2,
    );
    expect(await verify([...links, foreign])).toEqual(brokenBy("entry_foreign", 3, entry.id));
    const renamed = { seal: { ...foreign.seal, chain: ORG }, entry: { ...entry, orgId: ORG } };
    expect(await verify([...links, renamed])).toEqual(brokenBy("mac_wrong", 3, entry.id));
  });

  test("a chain of one organization that is shown as another's", async () => {
    const links = await sealedChain([makeEntry(1, { orgId: null })], keysOf(1), "platform");
    expect(await verify(links, { chain: ORG })).toEqual(brokenBy("entry_foreign", 1, idAt(links, 0)));
    expect(await verify(links, { chain: "platform" })).toMatchObject({ ok: true });
  });

  test("a wrong key, at the first link", async () => {
    const links = await sealedChain(entriesOf(2), keysOf(1));
    const { byVersion } = keysOf(2);
    const other = byVersion.get(2);
    if (other === undefined) throw new Error("no key");
    const wrong = { newest: 1, byVersion: new Map([[1, other]]) };
    expect(await verify(links, { keys: wrong })).toEqual(brokenBy("mac_wrong", 1, idAt(links, 0)));
  });

  test("a whole chain that was made anew without the key", async () => {
    const links = await sealedChain(entriesOf(3), keysOf(1));
    const forged = await sealedChain([makeEntry(1, { actorId: "usr_somebody_else" }), ...entriesOf(3).slice(1)], {
      newest: 1,
      byVersion: new Map([[1, Promise.resolve(await keyOf("any other 32 bytes of an attacker"))]]),
    });
    expect(await verify(links)).toMatchObject({ ok: true });
    expect(await verify(forged)).toEqual(brokenBy("mac_wrong", 1, idAt(forged, 0)));
  });

  test("links of another history of the same chain, all of which were sealed once", async () => {
    const before = await sealedChain(entriesOf(4));
    // Sealed again after a restore: the second entry is another, and so is all that followed.
    const after = await sealedChain([makeEntry(1), makeEntry(9), makeEntry(3), makeEntry(4)]);
    expect(await verify([...after.slice(0, 2), ...before.slice(2)])).toEqual(brokenBy("mac_wrong", 3, idAt(before, 2)));
  });

  test("an end that was cut off, by the head that was kept; without it, nothing", async () => {
    const links = await sealedChain(entriesOf(5));
    const cut = links.slice(0, 3);
    expect(await verify(cut)).toMatchObject({ ok: true, sealed: 3 });
    expect(await verify(cut, { keptHead: headOf(links, 5) })).toEqual(brokenBy("head_missing", 4, null));
    expect(await verify([], { keptHead: headOf(links, 1) })).toEqual(brokenBy("head_missing", 1, null));
  });

  test("an end that was cut off and has grown again, by the head that was kept", async () => {
    const links = await sealedChain(entriesOf(5));
    const grown = await sealedChain([...entriesOf(3), makeEntry(8), makeEntry(9), makeEntry(10)]);
    expect(await verify(grown)).toMatchObject({ ok: true, sealed: 6 });
    expect(await verify(grown, { keptHead: headOf(links, 5) })).toEqual(brokenBy("head_wrong", 5, idAt(grown, 4)));
  });

  test("an entry that nobody sealed in time, behind a chain that is right", async () => {
    const links = await sealedChain(entriesOf(2));
    expect(await verify(links, { overdue: "aud_left" })).toEqual(brokenBy("unsealed", null, "aud_left"));
  });
});

/** A different value of the same kind where there is one: a digit, a letter, a number beside the old one. */
function changed(before: unknown, anything: string | number | null, place: number): unknown {
  if (typeof before === "number") return typeof anything === "number" ? anything : before + 1;
  if (typeof before !== "string" || typeof anything !== "string" || before === "") return anything;
  const at = place % before.length;
  const [character] = anything;
  // Whole characters: Postgres holds no half of a surrogate pair.
  return before.slice(0, at) + (character ?? "") + before.slice(at + 1);
}

function keyOf(text: string) {
  const bytes = new TextEncoder().encode(text);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
