import { expect, test } from "vitest";
import { WEBHOOK_ATTEMPTS_MAX } from "#notify";
import {
  claimDeliveries,
  endHopelessDeliveries,
  findWebhookDelivery,
  findWebhookEndpoint,
  listDueEndpoints,
  listWebhookDeliveries,
  replayDelivery,
  replayFailedDeliveries,
  sendWebhookTest,
  updateWebhookEndpoint,
} from "#store";
import { deliverDue, DELIVERY_LEASE_MS } from "../../../../workers/console/deliveries/deliver-due.ts";
import { makeOrganization } from "../../receipts.ts";
import { makeEndpoint, makeKey, eventsOf, deliveriesTo, makeDue, receiver, bench } from "../../webhooks/bench.ts";
import { verified } from "../../webhooks/receiver.ts";

/** `ENDED_MAX` of src/store/webhooks/due-endpoints.ts, `max_ended` of migrations/0018. */
const ENDED_AT_ONCE = 1_000;

export function registerDeliveries(): void {
  test("is signed with the endpoint's own secret, sent once, and settled", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id, url, secret } = await makeEndpoint(orgId);
    const other = await makeEndpoint(orgId, { events: ["budget.threshold"] });
    await makeKey(orgId);
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toEqual({ delivered: 1, failed: 0, nextMs: null });
    const [message] = sent;
    if (!message) throw new Error("nothing was sent");
    expect(message.path).toBe(url);
    expect(verified(secret, message)).toMatchObject({ type: "key.created" });
    expect(() => verified(other.secret, message)).toThrow();
    const [event] = await eventsOf(orgId);
    expect(message.headers["webhook-id"]).toBe(event?.id);
    expect(await deliveriesTo(id)).toMatchObject([
      { status: "delivered", attempts: 1, last_status: 200, wait_s: null },
    ]);
    await deliverDue(services, id);
    expect(sent).toHaveLength(1);
  });

  test("more than one claim holds goes out in one run, the longest waiting first", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 19; index += 1) await makeKey(orgId);
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 19, failed: 0 });
    expect(new Set(sent.map(({ headers }) => headers["webhook-id"])).size).toBe(19);
  });

  test("S19: to an address that leads inwards is not even tried, and has failed", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const urls = [
      "https://10.0.0.1/",
      "http://127.0.0.1:80/",
      "https://[::1]/",
      "https://db.internal/",
      "http://example.com/",
    ];
    for (const url of urls) {
      const { id } = await makeEndpoint(orgId, { url });
      await sendWebhookTest(bench.orm, orgId, id);
      const { sent, services } = receiver();
      expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 1, nextMs: null });
      expect([url, sent]).toEqual([url, []]);
      expect(await deliveriesTo(id)).toMatchObject([{ status: "failed", last_error_code: "address_refused" }]);
    }
  });

  test("whose sender died is made by the next when the claim is over, as the same event", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    const bounds = { limit: 8, leaseMs: DELIVERY_LEASE_MS, attemptsMax: WEBHOOK_ATTEMPTS_MAX };
    const claimed = await claimDeliveries(bench.orm, id, bounds);
    expect(claimed).toHaveLength(1);
    // Nothing is heard of that sender again. Until its claim is over nobody else takes what it has.
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 0, nextMs: expect.any(Number) });
    expect(sent).toEqual([]);
    const [waiting] = await deliveriesTo(id);
    expect(waiting).toMatchObject({ status: "pending", attempts: 1 });
    expect(waiting?.wait_s).toBeGreaterThan(100);
    await makeDue(id);
    expect(await listDueEndpoints(bench.orm, orgId, 10)).toEqual([{ id, region: "g" }]);
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 1 });
    expect(sent[0]?.headers["webhook-id"]).toBe(claimed[0]?.eventId);
  });

  test("whose last try was cut off ends as interrupted", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await bench.db.query("update webhook_delivery set attempts = $2 where endpoint_id = $1", [
      id,
      WEBHOOK_ATTEMPTS_MAX,
    ]);
    const { sent, services } = receiver();
    // Nobody comes for it again, or would come at once for ever.
    expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 0, nextMs: null });
    expect(sent).toEqual([]);
    await endHopelessDeliveries(bench.orm, WEBHOOK_ATTEMPTS_MAX);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "failed", last_error_code: "interrupted" }]);
  });

  test("is never sent unsigned: a secret that does not open waits, and the endpoint is not blamed", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    const other = await makeEndpoint(orgId);
    // Sealed for another endpoint.
    await bench.db.query(
      "update webhook_endpoint set sealed_secret = (select sealed_secret from webhook_endpoint where id = $2) where id = $1",
      [id, other.id],
    );
    await makeKey(orgId);
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 0, failed: 1 });
    expect(sent).toEqual([]);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "pending", last_error_code: "secret_unreadable" }]);
    expect((await findWebhookEndpoint(bench.orm, orgId, id))?.failingSince).toBeNull();
    // At its last try neither: it is the cron's, which nobody outruns.
    await bench.db.query("update webhook_delivery set attempts = $2, next_attempt_at = now() where endpoint_id = $1", [
      id,
      WEBHOOK_ATTEMPTS_MAX - 1,
    ]);
    expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 1, nextMs: null });
    await endHopelessDeliveries(bench.orm, WEBHOOK_ATTEMPTS_MAX);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "failed", last_error_code: "secret_unreadable" }]);
  });

  test("is replayed from its first try, by its own organization alone", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(bench.db), await makeOrganization(bench.db)];
    const { id } = await makeEndpoint(orgId);
    const theirs = await makeEndpoint(otherOrg);
    await makeKey(orgId);
    const { sent, services } = receiver();
    await deliverDue(services, id);
    const [{ id: deliveryId } = { id: "" }] = await deliveriesTo(id);
    expect((await findWebhookDelivery(bench.orm, orgId, id, deliveryId))?.deliveredAt).toBeInstanceOf(Date);
    for (const [org, endpoint] of [
      [otherOrg, id],
      [otherOrg, theirs.id],
      [orgId, theirs.id],
    ] as const) {
      expect(await replayDelivery(bench.orm, org, endpoint, deliveryId)).toBe(false);
      expect(await findWebhookDelivery(bench.orm, org, endpoint, deliveryId)).toBeNull();
      const page = { orgId: org, endpointId: endpoint, status: null, before: null };
      expect(await listWebhookDeliveries(bench.orm, page, 10)).toEqual([]);
    }
    expect(await replayFailedDeliveries(bench.orm, otherOrg, id, new Date(0), 10)).toBe(0);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "delivered" }]);
    expect(await replayDelivery(bench.orm, orgId, id, deliveryId)).toBe(true);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "pending", attempts: 0 }]);
    expect((await findWebhookDelivery(bench.orm, orgId, id, deliveryId))?.deliveredAt).toBeNull();
    await deliverDue(services, id);
    expect(sent[1]?.headers["webhook-id"]).toBe(sent[0]?.headers["webhook-id"]);
  });

  test("that failed is replayed with others since an instant, so many at a time, the oldest first", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 5; index += 1) await makeKey(orgId);
    await bench.db.query(
      "update webhook_delivery set status = 'failed', next_attempt_at = null, created_at = now() - interval '1 hour' where endpoint_id = $1",
      [id],
    );
    expect(await replayFailedDeliveries(bench.orm, orgId, id, new Date(Date.now() - 60_000), 10)).toBe(0);
    const since = new Date(Date.now() - 7_200_000);
    expect(await replayFailedDeliveries(bench.orm, orgId, id, since, 3)).toBe(3);
    expect((await deliveriesTo(id)).map(({ status }) => status)).toEqual([
      "pending",
      "pending",
      "pending",
      "failed",
      "failed",
    ]);
    expect(await replayFailedDeliveries(bench.orm, orgId, id, since, 10)).toBe(2);
  });

  test("is one of so many that are ended at a time, when its endpoint is switched off and by the cron", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    const write = (count: number) =>
      bench.db.query(
        `with made as (insert into webhook_event (id, org_id, type, payload)
           select typeid_new('evt'), $1, 'key.created', '{}' from generate_series(1, $3::int) returning id)
         insert into webhook_delivery (id, org_id, endpoint_id, event_id, attempts)
         select typeid_new('whd'), $1, $2, id, $4::int from made`,
        [orgId, id, count, WEBHOOK_ATTEMPTS_MAX],
      );
    const waiting = async () => (await deliveriesTo(id)).filter(({ status }) => status === "pending").length;
    await write(ENDED_AT_ONCE + 2);
    expect(await endHopelessDeliveries(bench.orm, WEBHOOK_ATTEMPTS_MAX)).toBe(ENDED_AT_ONCE);
    await endHopelessDeliveries(bench.orm, WEBHOOK_ATTEMPTS_MAX);
    expect(await waiting()).toBe(0);
    await write(ENDED_AT_ONCE + 2);
    await bench.db.query("update webhook_delivery set attempts = 0 where endpoint_id = $1 and status = 'pending'", [
      id,
    ]);
    await updateWebhookEndpoint(bench.orm, orgId, id, { status: "disabled" });
    expect(await waiting()).toBe(2);
    await endHopelessDeliveries(bench.orm, WEBHOOK_ATTEMPTS_MAX);
    const codes = (await deliveriesTo(id)).map(({ last_error_code: code }) => code);
    expect(codes.filter((code) => code === "endpoint_disabled")).toHaveLength(ENDED_AT_ONCE + 2);
  });
}
