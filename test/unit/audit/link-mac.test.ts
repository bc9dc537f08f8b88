import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { keysOf, makeEntry, ORG, sealedChain } from "./chains.ts";

const hmac = (message: Buffer): string => createHmac("sha256", Buffer.alloc(32, 1)).update(message).digest("base64url");

test("a link is the HMAC over the link before and the canonical JSON of what it seals, members sorted, all of it text", async () => {
  const entry = makeEntry(1, { actorId: null, details: '{"name": "ä\\"\\u0007"}' });
  const [first, second] = await sealedChain([entry, makeEntry(2)], keysOf(1));
  const json = (position: number, of: typeof entry): string => {
    const text = (value: string | null): string => JSON.stringify(value);
    const inner = [
      `"action":${text(of.action)}`,
      `"actor_id":${text(of.actorId)}`,
      `"actor_kind":${text(of.actorKind)}`,
      `"details":${text(of.details)}`,
      `"id":${text(of.id)}`,
      `"occurred_at":${text(of.occurredAt)}`,
      `"org_id":${text(of.orgId)}`,
      `"request_id":${text(of.requestId)}`,
      `"seq":${text(of.seq)}`,
      `"target_id":${text(of.targetId)}`,
    ].join(",");
    return `{"chain":"${ORG}","entry":{${inner}},"form":"1","key_version":"1","position":"${position}","sealed_at":"1796040000.007000"}`;
  };
  const firstMac = hmac(Buffer.concat([Buffer.alloc(32), Buffer.from(json(1, entry))]));
  expect(first?.seal.mac).toBe(firstMac);
  const secondMac = hmac(Buffer.concat([Buffer.from(firstMac, "base64url"), Buffer.from(json(2, makeEntry(2)))]));
  expect(second?.seal.mac).toBe(secondMac);
});
