import { expect, test } from "vitest";
import { extendChain, parseAuditKeys, verifyChain } from "#audit";

const ENTRY = {
  seq: "1",
  id: "aud_01jd2v5f9gfq2t000000000001",
  orgId: "org_01jd2v5f9gfq2t0000000000aa",
  occurredAt: "1764500000.000001",
  actorKind: "user",
  actorId: "usr_01jd2v5f9gfq2t0000000000aa",
  action: "key.created",
  targetId: null,
  details: '{"name": "ä"}',
  requestId: null,
};

test("workerd seals as Node verifies: the same link for the same entry", async () => {
  const keys = parseAuditKeys(JSON.stringify({ 1: btoa("\u0001".repeat(32)) }));
  const [seal] = await extendChain(ENTRY.orgId, null, [ENTRY], { keys, sealedAtMs: Date.UTC(2026, 10, 30) });
  if (seal === undefined) throw new Error("no seal");
  // Computed apart from this code, by Python's hmac over the same bytes.
  expect(seal.mac).toBe("r2dqqfX0wX9rXh_etcTchiYFpLrhSBJM9nU_QtaGZY4");
  const link = { seal, entry: ENTRY };
  async function* pages() {
    yield await Promise.resolve([link]);
  }
  const evidence = {
    chain: ENTRY.orgId,
    keys,
    pages: pages(),
    keptHead: null,
    findOverdue: () => Promise.resolve(null),
  };
  expect(await verifyChain(evidence)).toMatchObject({ ok: true, sealed: 1 });
});
