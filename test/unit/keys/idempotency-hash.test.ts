import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { hashIdempotencyKey } from "#keys";

it("G28: an idempotency key's hash is keyed with its API key: two keys never share one", async () => {
  const [one, other] = ["aa".repeat(32), "bb".repeat(32)];
  const hash = await hashIdempotencyKey("order-7", one);
  expect(hash).toBe(createHmac("sha256", one).update("prismatic idempotency 1\norder-7").digest("hex"));
  expect(await hashIdempotencyKey("order-7", other)).not.toBe(hash);
  expect(await hashIdempotencyKey("order-8", one)).not.toBe(hash);
});
