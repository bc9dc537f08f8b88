import { expect, test } from "vitest";
import { encodeFlush } from "#ledger";
import { WEBHOOK_ATTEMPTS_MAX } from "#notify";
import { nextDueMs, updateWebhookEndpoint, STOPPED_KEYS_A_BATCH, stopKeys } from "#store";
import { describeScope } from "../../../../workers/console/api/operations/budgets/budget.ts";
import { deliverDue } from "../../../../workers/console/deliveries/deliver-due.ts";
import { makeAlert, makeOrganization, testId } from "../../receipts.ts";
import { makeEndpoint, makeKey, makeMember, eventsOf, deliveriesTo, receiver, bench } from "../../webhooks/bench.ts";

export function registerEvents(): void {
  test("is written for those endpoints alone that want it, of its own organization", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(bench.db), await makeOrganization(bench.db)];
    const all = await makeEndpoint(orgId);
    const wanting = await makeEndpoint(orgId, { events: ["key.created"] });
    const other = await makeEndpoint(orgId, { events: ["budget.threshold"] });
    const off = await makeEndpoint(orgId);
    await updateWebhookEndpoint(bench.orm, orgId, off.id, { status: "disabled" });
    const foreign = await makeEndpoint(otherOrg);
    await makeKey(orgId);
    expect(await eventsOf(orgId)).toMatchObject([{ type: "key.created" }]);
    expect(await eventsOf(otherOrg)).toEqual([]);
    const counts = await Promise.all(
      [all, wanting, other, off, foreign].map(async ({ id }) => (await deliveriesTo(id)).length),
    );
    expect(counts).toEqual([1, 1, 0, 0, 0]);
  });

  test("is not written where nobody wants to hear of it", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeKey(orgId);
    expect(await eventsOf(orgId)).toEqual([]);
  });

  test("is due at once, and nothing is due once it was taken", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    expect(await nextDueMs(bench.orm, id, WEBHOOK_ATTEMPTS_MAX)).toBeNull();
    await makeKey(orgId);
    expect(await nextDueMs(bench.orm, id, WEBHOOK_ATTEMPTS_MAX)).toBe(0);
    await deliverDue(receiver().services, id);
    expect(await nextDueMs(bench.orm, id, WEBHOOK_ATTEMPTS_MAX)).toBeNull();
  });

  test("of a key says what it is, what is new, and neither its hash nor its addresses", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeEndpoint(orgId);
    const id = await makeKey(orgId, { ip_allow: ["203.0.113.7"], expires_at: "2030-01-02T03:04:05.678Z" });
    await bench.db.query("update api_key set name = 'Renamed', ip_allow = null where id = $1", [id], "console_app");
    await bench.db.query("update api_key set name = name where id = $1", [id], "console_app");
    await bench.db.query("update api_key set status = 'revoked' where id = $1", [id], "console_app");
    const events = await eventsOf(orgId);
    expect(events.map(({ type }) => type)).toEqual(["key.created", "key.updated", "key.revoked"]);
    expect(events[0]?.payload).toMatchObject({ id, name: "Told of", expires_at: "2030-01-02T03:04:05.678Z" });
    expect(events[1]?.payload).toMatchObject({ name: "Renamed", changed: ["ip_allow", "name"] });
    const [{ hash } = { hash: "" }] = await bench.db.query<{ hash: string }>(
      "select key_hash as hash from api_key where id = $1",
      [id],
    );
    for (const hidden of [hash, "203.0.113.7"]) expect(JSON.stringify(events)).not.toContain(hidden);
  });

  test("of a key that is revoked because its member left is told too", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeEndpoint(orgId, { events: ["key.revoked"] });
    const memberId = await makeMember(orgId, "developer");
    await makeKey(orgId, { member_id: memberId });
    await bench.db.query("update member set left_at = now() where id = $1", [memberId], "console_app");
    expect(await eventsOf(orgId)).toMatchObject([{ type: "key.revoked", payload: { member_id: memberId } }]);
  });

  test("of a budget comes with the flush that brings the alert, and once", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeEndpoint(orgId);
    const alert = makeAlert(orgId);
    const flush = JSON.stringify(encodeFlush(testId("flush"), orgId, [{ type: "alert", alert }]));
    for (let round = 0; round < 2; round += 1)
      await bench.db.query("select post_usage($1::jsonb)", [flush], "gateway_app");
    expect(await eventsOf(orgId)).toMatchObject([
      {
        type: "budget.threshold",
        payload: { id: alert.id, percent: 80, limit_nano: "1000", spent_nano: "810", scope: "organization" },
      },
    ]);
  });

  test("of a budget names its scope as the API does", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeEndpoint(orgId);
    const [memberId, keyId] = [testId("member"), testId("apiKey")];
    const scopes = ["organization", "tag member", `member ${memberId}`, `key ${keyId}`];
    const alerts = scopes.map((scope) => ({ type: "alert" as const, alert: makeAlert(orgId, { scope }) }));
    const flush = JSON.stringify(encodeFlush(testId("flush"), orgId, alerts));
    await bench.db.query("select post_usage($1::jsonb)", [flush], "gateway_app");
    const told = (await eventsOf(orgId)).map(({ payload }) => payload["scope"]);
    expect(new Set(told)).toEqual(new Set(["organization", "tag:member", memberId, keyId]));
    expect(new Set(told)).toEqual(new Set(scopes.map(describeScope)));
  });

  test("of keys that are all stopped is written for each, in statements of so many", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(bench.db), await makeOrganization(bench.db)];
    await makeEndpoint(orgId);
    const count = 2 * STOPPED_KEYS_A_BATCH + 1;
    for (let index = 0; index < count; index += 1) await makeKey(orgId);
    const revoked = await makeKey(orgId, { status: "revoked" });
    const foreign = await makeKey(otherOrg);
    expect(await stopKeys(bench.orm, orgId)).toBe(count);
    const stopped = (await eventsOf(orgId)).filter(({ type }) => type === "key.updated");
    expect(stopped).toHaveLength(count);
    expect(new Set(stopped.map(({ payload }) => payload["status"]))).toEqual(new Set(["disabled"]));
    // Each transaction leaves its number in the rows that it wrote.
    const batches = await bench.db.query<{ count: number }>(
      "select count(*)::int from api_key where org_id = $1 and status = 'disabled' group by xmin::text order by 1 desc",
      [orgId],
    );
    expect(batches.map((batch) => batch.count)).toEqual([STOPPED_KEYS_A_BATCH, STOPPED_KEYS_A_BATCH, 1]);
    const others = await bench.db.query<{ status: string }>(
      "select status from api_key where id in ($1, $2) order by status",
      [revoked, foreign],
    );
    expect(others.map(({ status }) => status)).toEqual(["active", "revoked"]);
    expect(await stopKeys(bench.orm, orgId)).toBe(0);
  });

  test("is not told where what it tells did not happen: both are one transaction", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    const keyId = testId("apiKey");
    await expect(
      bench.db.transaction([
        `insert into api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes)
         values ('${keyId}', '${orgId}', 'x', 'prism_live_g1abc', 'wxyz', '${"f".repeat(64)}', '1', 'live', '{inference}')`,
        "select 1 / 0",
      ]),
    ).rejects.toThrow();
    expect([await eventsOf(orgId), await deliveriesTo(id)]).toEqual([[], []]);
  });
}
