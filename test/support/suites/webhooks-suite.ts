import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeFlush } from "#ledger";
import {
  newWebhookSecret,
  WEBHOOK_ATTEMPTS_MAX,
  WEBHOOK_ENDPOINTS_MAX,
  WEBHOOK_FAILING_MAX_MS,
  WEBHOOK_TESTS_AN_HOUR_MAX,
  type MailContext,
} from "#notify";
import {
  claimDeliveries,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  endHopelessDeliveries,
  findWebhookDelivery,
  findWebhookEndpoint,
  listDueEndpoints,
  listWebhookDeliveries,
  nextDueMs,
  replayDelivery,
  replayFailedDeliveries,
  rotateWebhookSecret,
  sendWebhookTest,
  updateWebhookEndpoint,
  type Database,
} from "#store";
import {
  deliverDue,
  DELIVERY_LEASE_MS,
  type DeliveryServices,
} from "../../../workers/console/deliveries/deliver-due.ts";
import { deriveKey, sealSecret, type DerivedKey } from "../../../workers/console/identity/seal-secret.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { mailContext } from "../mail.ts";
import { makeAlert, makeOrganization, testId } from "../receipts.ts";
import { verified, type ReceivedWebhook } from "../webhooks/receiver.ts";

let db: TestDatabase;
let orm: Database;
let key: DerivedKey;
let mail: MailContext;

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const HOOK = "https://receiver.example.com/hook?token=in-the-address";
const refusedWith = (code: string) => ({ cause: expect.objectContaining({ code }) });

/** Webhooks' tables, triggers and sender, the same on PGlite and on real Postgres. */
export function registerWebhooksSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    orm = await db.asConsole();
    key = await deriveKey("s".repeat(43), "webhook");
    mail = mailContext();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("an event", registerEvents);
  describe("a delivery", registerDeliveries);
  describe("an endpoint that does not take it", registerTrouble);
  describe("an endpoint", registerEndpoints);
  describe("senders at once", registerRaces);
}

interface Endpoint {
  readonly id: string;
  readonly secret: string;
}

async function makeEndpoint(
  orgId: string,
  parts: { url?: string; events?: readonly string[] | null } = {},
): Promise<Endpoint> {
  const id = testId("webhookEndpoint");
  const secret = newWebhookSecret(random);
  const { url = HOOK, events = null } = parts;
  await createWebhookEndpoint(orm, {
    id,
    orgId,
    url,
    events,
    description: null,
    sealedSecret: await sealSecret(key, id, secret),
  });
  return { id, secret };
}

let serial = 0;
async function makeKey(orgId: string, over: Record<string, unknown> = {}): Promise<string> {
  serial += 1;
  const id = testId("apiKey");
  const row: Record<string, unknown> = {
    id,
    org_id: orgId,
    name: "Told of",
    prefix: "prism_live_g1abc",
    last_four: "wxyz",
    key_hash: serial.toString(16).padStart(64, "0"),
    pepper_version: "1",
    mode: "live",
    scopes: ["inference"],
    ...over,
  };
  const names = Object.keys(row);
  await db.query(
    `insert into api_key (${names.join(", ")}) values (${names.map((_, index) => `$${index + 1}`).join(", ")})`,
    Object.values(row),
    "console_app",
  );
  return id;
}

const eventsOf = (orgId: string) =>
  db.query<{ id: string; type: string; payload: Record<string, unknown> }>(
    "select id, type, payload from webhook_event where org_id = $1 order by created_at, id",
    [orgId],
  );
const deliveriesTo = (endpointId: string) =>
  db.query<{
    id: string;
    status: string;
    attempts: number;
    last_status: number | null;
    last_error_code: string | null;
    wait_s: number | null;
  }>(
    `select id, status, attempts, last_status, last_error_code,
       round(extract(epoch from next_attempt_at - now()))::int as wait_s
     from webhook_delivery where endpoint_id = $1 order by id`,
    [endpointId],
  );
const makeDue = (endpointId: string) =>
  db.query("update webhook_delivery set next_attempt_at = now() where endpoint_id = $1 and status = 'pending'", [
    endpointId,
  ]);
const statusOf = async (orgId: string, id: string) => {
  const found = await findWebhookEndpoint(orm, orgId, id);
  return [found?.status, found?.disabledReason];
};

/** A receiver that answers as told, and keeps what it was sent. */
function receiver(answer: () => Response | Promise<Response> = () => new Response(null, { status: 200 })) {
  const sent: ReceivedWebhook[] = [];
  const services: DeliveryServices = {
    db: orm,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const headers = Object.fromEntries(request.headers.entries());
      sent.push({ path: request.url, body: await request.text(), headers });
      return answer();
    },
    clock: { nowMs: () => Date.now() },
    random,
    logger: () => undefined,
    key,
    mail,
    allowsLoopback: false,
  };
  return { sent, services };
}
const failing = (status = 500, headers: Record<string, string> = {}) =>
  receiver(() => new Response("why", { status, headers }));

function registerEvents(): void {
  test("is written for those endpoints alone that want it, of its own organization", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(db), await makeOrganization(db)];
    const all = await makeEndpoint(orgId);
    const wanting = await makeEndpoint(orgId, { events: ["key.created"] });
    const other = await makeEndpoint(orgId, { events: ["budget.threshold"] });
    const off = await makeEndpoint(orgId);
    await updateWebhookEndpoint(orm, orgId, off.id, { status: "disabled" });
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
    const { id: orgId } = await makeOrganization(db);
    await makeKey(orgId);
    expect(await eventsOf(orgId)).toEqual([]);
  });

  test("is due at once, and nothing is due once it was taken", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    expect(await nextDueMs(orm, id)).toBeNull();
    await makeKey(orgId);
    expect(await nextDueMs(orm, id)).toBe(0);
    await deliverDue(receiver().services, id);
    expect(await nextDueMs(orm, id)).toBeNull();
  });

  test("of a key says what it is, what is new, and neither its hash nor its addresses", async () => {
    const { id: orgId } = await makeOrganization(db);
    await makeEndpoint(orgId);
    const id = await makeKey(orgId, { ip_allow: ["203.0.113.7"], expires_at: "2030-01-02T03:04:05.678Z" });
    await db.query("update api_key set name = 'Renamed', ip_allow = null where id = $1", [id], "console_app");
    await db.query("update api_key set name = name where id = $1", [id], "console_app");
    await db.query("update api_key set status = 'revoked' where id = $1", [id], "console_app");
    const events = await eventsOf(orgId);
    expect(events.map(({ type }) => type)).toEqual(["key.created", "key.updated", "key.revoked"]);
    expect(events[0]?.payload).toMatchObject({ id, name: "Told of", expires_at: "2030-01-02T03:04:05.678Z" });
    expect(events[1]?.payload).toMatchObject({ name: "Renamed", changed: ["ip_allow", "name"] });
    const [{ hash } = { hash: "" }] = await db.query<{ hash: string }>(
      "select key_hash as hash from api_key where id = $1",
      [id],
    );
    for (const hidden of [hash, "203.0.113.7"]) expect(JSON.stringify(events)).not.toContain(hidden);
  });

  test("of a key that is revoked because its member left is told too", async () => {
    const { id: orgId } = await makeOrganization(db);
    await makeEndpoint(orgId, { events: ["key.revoked"] });
    const memberId = await makeMember(orgId, "developer");
    await makeKey(orgId, { member_id: memberId });
    await db.query("update member set left_at = now() where id = $1", [memberId], "console_app");
    expect(await eventsOf(orgId)).toMatchObject([{ type: "key.revoked", payload: { member_id: memberId } }]);
  });

  test("of a budget comes with the flush that brings the alert, and once", async () => {
    const { id: orgId } = await makeOrganization(db);
    await makeEndpoint(orgId);
    const alert = makeAlert(orgId);
    const flush = JSON.stringify(encodeFlush(testId("flush"), orgId, [{ type: "alert", alert }]));
    for (let round = 0; round < 2; round += 1) await db.query("select post_usage($1::jsonb)", [flush], "gateway_app");
    expect(await eventsOf(orgId)).toMatchObject([
      {
        type: "budget.threshold",
        payload: { id: alert.id, percent: 80, limit_nano: "1000", spent_nano: "810", scope: "organization" },
      },
    ]);
  });

  test("is not told where what it tells did not happen: both are one transaction", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    const keyId = testId("apiKey");
    await expect(
      db.transaction([
        `insert into api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes)
         values ('${keyId}', '${orgId}', 'x', 'prism_live_g1abc', 'wxyz', '${"f".repeat(64)}', '1', 'live', '{inference}')`,
        "select 1 / 0",
      ]),
    ).rejects.toThrow();
    expect([await eventsOf(orgId), await deliveriesTo(id)]).toEqual([[], []]);
  });
}

function registerDeliveries(): void {
  test("is signed with the endpoint's own secret, sent once, and settled", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id, secret } = await makeEndpoint(orgId);
    const other = await makeEndpoint(orgId, { events: ["budget.threshold"] });
    await makeKey(orgId);
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toEqual({ delivered: 1, failed: 0, nextMs: null });
    const [message] = sent;
    if (!message) throw new Error("nothing was sent");
    expect(message.path).toBe(HOOK);
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
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 19; index += 1) await makeKey(orgId);
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 19, failed: 0 });
    expect(new Set(sent.map(({ headers }) => headers["webhook-id"])).size).toBe(19);
  });

  test("S19: to an address that leads inwards is not even tried, and has failed", async () => {
    const { id: orgId } = await makeOrganization(db);
    const urls = [
      "https://10.0.0.1/",
      "http://127.0.0.1:80/",
      "https://[::1]/",
      "https://db.internal/",
      "http://example.com/",
    ];
    for (const url of urls) {
      const { id } = await makeEndpoint(orgId, { url });
      await sendWebhookTest(orm, orgId, id);
      const { sent, services } = receiver();
      expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 1, nextMs: null });
      expect([url, sent]).toEqual([url, []]);
      expect(await deliveriesTo(id)).toMatchObject([{ status: "failed", last_error_code: "address_refused" }]);
    }
  });

  test("whose sender died is made by the next when the claim is over, as the same event", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    const bounds = { limit: 8, leaseMs: DELIVERY_LEASE_MS, attemptsMax: WEBHOOK_ATTEMPTS_MAX };
    const claimed = await claimDeliveries(orm, id, bounds);
    expect(claimed).toHaveLength(1);
    // Nothing is heard of that sender again. Until its claim is over nobody else takes what it has.
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 0, nextMs: expect.any(Number) });
    expect(sent).toEqual([]);
    const [waiting] = await deliveriesTo(id);
    expect(waiting).toMatchObject({ status: "pending", attempts: 1 });
    expect(waiting?.wait_s).toBeGreaterThan(100);
    await makeDue(id);
    expect(await listDueEndpoints(orm, orgId, 10)).toEqual([{ id, region: "g" }]);
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 1 });
    expect(sent[0]?.headers["webhook-id"]).toBe(claimed[0]?.eventId);
  });

  test("whose last try was cut off ends as interrupted", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await db.query("update webhook_delivery set attempts = $2 where endpoint_id = $1", [id, WEBHOOK_ATTEMPTS_MAX]);
    const { sent, services } = receiver();
    await deliverDue(services, id);
    expect(sent).toEqual([]);
    await endHopelessDeliveries(orm, WEBHOOK_ATTEMPTS_MAX);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "failed", last_error_code: "interrupted" }]);
  });

  test("is never sent unsigned: a secret that does not open waits, and the endpoint is not blamed", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    const other = await makeEndpoint(orgId);
    // Sealed for another endpoint.
    await db.query(
      "update webhook_endpoint set sealed_secret = (select sealed_secret from webhook_endpoint where id = $2) where id = $1",
      [id, other.id],
    );
    await makeKey(orgId);
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 0, failed: 1 });
    expect(sent).toEqual([]);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "pending", last_error_code: "secret_unreadable" }]);
    expect((await findWebhookEndpoint(orm, orgId, id))?.failingSince).toBeNull();
  });

  test("is replayed from its first try, by its own organization alone", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(db), await makeOrganization(db)];
    const { id } = await makeEndpoint(orgId);
    const theirs = await makeEndpoint(otherOrg);
    await makeKey(orgId);
    const { sent, services } = receiver();
    await deliverDue(services, id);
    const [{ id: deliveryId } = { id: "" }] = await deliveriesTo(id);
    for (const [org, endpoint] of [
      [otherOrg, id],
      [otherOrg, theirs.id],
      [orgId, theirs.id],
    ] as const) {
      expect(await replayDelivery(orm, org, endpoint, deliveryId)).toBe(false);
      expect(await findWebhookDelivery(orm, org, endpoint, deliveryId)).toBeNull();
      const page = { orgId: org, endpointId: endpoint, status: null, before: null };
      expect(await listWebhookDeliveries(orm, page, 10)).toEqual([]);
    }
    expect(await replayFailedDeliveries(orm, otherOrg, id, new Date(0), 10)).toBe(0);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "delivered" }]);
    expect(await replayDelivery(orm, orgId, id, deliveryId)).toBe(true);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "pending", attempts: 0 }]);
    await deliverDue(services, id);
    expect(sent[1]?.headers["webhook-id"]).toBe(sent[0]?.headers["webhook-id"]);
  });

  test("that failed is replayed with others since an instant, so many at a time, the oldest first", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 5; index += 1) await makeKey(orgId);
    await db.query(
      "update webhook_delivery set status = 'failed', next_attempt_at = null, created_at = now() - interval '1 hour' where endpoint_id = $1",
      [id],
    );
    expect(await replayFailedDeliveries(orm, orgId, id, new Date(Date.now() - 60_000), 10)).toBe(0);
    const since = new Date(Date.now() - 7_200_000);
    expect(await replayFailedDeliveries(orm, orgId, id, since, 3)).toBe(3);
    expect((await deliveriesTo(id)).map(({ status }) => status)).toEqual([
      "pending",
      "pending",
      "pending",
      "failed",
      "failed",
    ]);
    expect(await replayFailedDeliveries(orm, orgId, id, since, 10)).toBe(2);
  });
}

async function makeMember(orgId: string, role: string): Promise<string> {
  const [memberId, userId] = [testId("member"), testId("user")];
  await db.query(
    `insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
     values ($1, 'Ada', $2, true, now(), '1', now())`,
    [userId, `${userId}@example.com`],
  );
  await db.query("insert into member (id, org_id, user_id, role) values ($1, $2, $3, $4)", [
    memberId,
    orgId,
    userId,
    role,
  ]);
  return memberId;
}

const mailsOf = (orgId: string) =>
  db.query<{ role: string; sealed: string }>(
    `select m.role, q.sealed_params as sealed from mail_message q
     join account_user u on u.email = q.to_address join member m on m.user_id = u.id
     where m.org_id = $1 and q.template = 'webhook_disabled' order by m.role`,
    [orgId],
  );

function registerTrouble(): void {
  test("is asked again, later each time, and in the end the delivery has failed", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    const { sent, services } = failing();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= WEBHOOK_ATTEMPTS_MAX; attempt += 1) {
      await deliverDue(services, id);
      waits.push((await deliveriesTo(id))[0]?.wait_s ?? -1);
      await makeDue(id);
    }
    expect(sent).toHaveLength(WEBHOOK_ATTEMPTS_MAX);
    expect(waits.slice(0, -1)).toEqual(waits.slice(0, -1).toSorted((left, right) => left - right));
    expect(waits[1]).toBeGreaterThanOrEqual(295);
    expect(waits.at(-1)).toBe(-1);
    expect(await deliveriesTo(id)).toMatchObject([
      { status: "failed", attempts: WEBHOOK_ATTEMPTS_MAX, last_status: 500, last_error_code: "unexpected_status" },
    ]);
    expect(await statusOf(orgId, id)).toEqual(["enabled", null]);
  });

  test("is left alone for half a minute where nothing of a claim was taken", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 20; index += 1) await makeKey(orgId);
    const { sent, services } = failing();
    expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 8, nextMs: 30_000 });
    expect(sent).toHaveLength(8);
  });

  test("waits as long as it asks", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await deliverDue(failing(503, { "retry-after": "7200" }).services, id);
    expect((await deliveriesTo(id))[0]?.wait_s).toBeGreaterThanOrEqual(7_190);
  });

  test("and is gone is disabled at once: admins are mailed, what waits has failed, and the log has it", async () => {
    const { id: orgId } = await makeOrganization(db);
    for (const role of ["owner", "admin", "developer", "viewer"]) await makeMember(orgId, role);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 12; index += 1) await makeKey(orgId);
    const { sent, services } = failing(410);
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 0, nextMs: null });
    expect(sent).toHaveLength(4);
    expect(await statusOf(orgId, id)).toEqual(["auto_disabled", "gone"]);
    expect((await mailsOf(orgId)).map(({ role }) => role)).toEqual(["admin", "owner"]);
    expect(new Set((await deliveriesTo(id)).map(({ status }) => status))).toEqual(new Set(["failed"]));
    const log = await db.query<{ action: string; actor_kind: string }>(
      "select action, actor_kind from audit_entry where target_id = $1 order by occurred_at",
      [id],
    );
    expect(log).toEqual([
      { action: "webhook_endpoint.created", actor_kind: "system" },
      { action: "webhook_endpoint.auto_disabled", actor_kind: "system" },
    ]);
    await makeKey(orgId);
    expect(await deliveriesTo(id)).toHaveLength(12);
  });

  test("for five days is disabled, and before that it is not", async () => {
    const { id: orgId } = await makeOrganization(db);
    await makeMember(orgId, "owner");
    const { id } = await makeEndpoint(orgId);
    const since = (ms: number) =>
      db.query("update webhook_endpoint set failing_since = now() - $2 * interval '1 millisecond' where id = $1", [
        id,
        ms,
      ]);
    await makeKey(orgId);
    await since(WEBHOOK_FAILING_MAX_MS - 60_000);
    await deliverDue(failing().services, id);
    expect(await statusOf(orgId, id)).toEqual(["enabled", null]);
    await makeDue(id);
    await since(WEBHOOK_FAILING_MAX_MS + 1_000);
    await deliverDue(failing().services, id);
    expect(await statusOf(orgId, id)).toEqual(["auto_disabled", "failing"]);
    expect(await mailsOf(orgId)).toHaveLength(1);
  });

  test("and then does is not failing any more", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await deliverDue(failing().services, id);
    expect((await findWebhookEndpoint(orm, orgId, id))?.failingSince).toBeInstanceOf(Date);
    await makeDue(id);
    await deliverDue(receiver().services, id);
    expect((await findWebhookEndpoint(orm, orgId, id))?.failingSince).toBeNull();
  });

  test("because it is switched off gets nothing, though something was written for it in that moment", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await updateWebhookEndpoint(orm, orgId, id, { status: "disabled" });
    expect(await deliveriesTo(id)).toMatchObject([{ status: "failed", last_error_code: "endpoint_disabled" }]);
    await db.query(
      "update webhook_delivery set status = 'pending', next_attempt_at = now(), last_error_code = null where endpoint_id = $1",
      [id],
    );
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 0, nextMs: null });
    const bounds = { limit: 8, leaseMs: DELIVERY_LEASE_MS, attemptsMax: WEBHOOK_ATTEMPTS_MAX };
    expect(await claimDeliveries(orm, id, bounds)).toEqual([]);
    expect(sent).toEqual([]);
    expect(await listDueEndpoints(orm, orgId, 10)).toEqual([]);
    expect(await sendWebhookTest(orm, orgId, id)).toBeNull();
    await endHopelessDeliveries(orm, WEBHOOK_ATTEMPTS_MAX);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "failed" }]);
  });
}

function registerEndpoints(): void {
  test("belongs to its organization: another neither changes, rotates, tests nor deletes it", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(db), await makeOrganization(db)];
    const { id } = await makeEndpoint(orgId);
    expect(await findWebhookEndpoint(orm, otherOrg, id)).toBeNull();
    expect(await updateWebhookEndpoint(orm, otherOrg, id, { url: "https://evil.example.com/" })).toBeNull();
    expect(await rotateWebhookSecret(orm, otherOrg, id, "sealed", new Date())).toBeNull();
    expect(await sendWebhookTest(orm, otherOrg, id)).toBeNull();
    expect(await deleteWebhookEndpoint(orm, otherOrg, id)).toBe(false);
    expect(await findWebhookEndpoint(orm, orgId, id)).toMatchObject({ url: HOOK, previousEndsAt: null });
    await expect(
      db.query("update webhook_endpoint set org_id = $2 where id = $1", [id, otherOrg]),
    ).rejects.toMatchObject({ code: "PR009" });
  });

  test("signs with the secret before a rotation as well, until its end", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id, secret: old } = await makeEndpoint(orgId);
    const secret = newWebhookSecret(random);
    await rotateWebhookSecret(orm, orgId, id, await sealSecret(key, id, secret), new Date(Date.now() + 3_600_000));
    const { sent, services } = receiver();
    await makeKey(orgId);
    await deliverDue(services, id);
    await db.query("update webhook_endpoint set previous_ends_at = now() - interval '1 second' where id = $1", [id]);
    await makeKey(orgId);
    await deliverDue(services, id);
    const [both, one] = sent;
    if (!both || !one) throw new Error("nothing was sent");
    for (const each of [old, secret]) expect(verified(each, both)).toBeDefined();
    expect(verified(secret, one)).toBeDefined();
    expect(() => verified(old, one)).toThrow();
  });

  test("is one of twenty at most, also of those that are made at the same moment", async () => {
    const { id: orgId } = await makeOrganization(db);
    const made = await Promise.allSettled(Array.from({ length: WEBHOOK_ENDPOINTS_MAX + 8 }, () => makeEndpoint(orgId)));
    const refused = made.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(8);
    for (const { reason } of refused) expect(reason).toMatchObject(refusedWith("PR014"));
    const [row] = await db.query<{ count: number }>("select count(*)::int from webhook_endpoint where org_id = $1", [
      orgId,
    ]);
    expect(row?.count).toBe(WEBHOOK_ENDPOINTS_MAX);
  });

  test("gets so many tests an hour", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId, { events: ["key.created"] });
    const sent = await Promise.allSettled(
      Array.from({ length: WEBHOOK_TESTS_AN_HOUR_MAX + 5 }, () => sendWebhookTest(orm, orgId, id)),
    );
    const refused = sent.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(5);
    expect(await deliveriesTo(id)).toHaveLength(WEBHOOK_TESTS_AN_HOUR_MAX);
  });

  test("forgets its failures when it leads elsewhere, and why it was disabled when it is switched on", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await deliverDue(failing().services, id);
    const moved = await updateWebhookEndpoint(orm, orgId, id, { url: "https://elsewhere.example.com/" });
    expect(moved?.failingSince).toBeNull();
    await makeDue(id);
    await deliverDue(failing(410).services, id);
    expect(await statusOf(orgId, id)).toEqual(["auto_disabled", "gone"]);
    const enabled = await updateWebhookEndpoint(orm, orgId, id, { status: "enabled" });
    expect(enabled).toMatchObject({ status: "enabled", disabledReason: null, disabledAt: null, failingSince: null });
  });

  test("has its address in no audit entry: it may hold a secret", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await updateWebhookEndpoint(orm, orgId, id, { url: `${HOOK}2`, description: "Ours", events: ["key.created"] });
    await deleteWebhookEndpoint(orm, orgId, id);
    const entries = await db.query<{ action: string }>(
      "select * from audit_entry where target_id = $1 order by occurred_at",
      [id],
    );
    expect(entries.map(({ action }) => action)).toEqual([
      "webhook_endpoint.created",
      "webhook_endpoint.updated",
      "webhook_endpoint.deleted",
    ]);
    expect(JSON.stringify(entries)).not.toContain("in-the-address");
  });
}

function registerRaces(): void {
  test("never send a delivery twice", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 30; index += 1) await makeKey(orgId);
    const { sent, services } = receiver();
    const senders = await Promise.all(
      Array.from({ length: 4 }, async () => ({ ...services, db: await db.asConsole() })),
    );
    await Promise.all(senders.map((sender) => deliverDue(sender, id)));
    expect(sent).toHaveLength(30);
    expect(new Set(sent.map(({ headers }) => headers["webhook-id"])).size).toBe(30);
  });

  test("one whose claim is over does not put back what another has claimed since", async () => {
    const { id: orgId } = await makeOrganization(db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    const gate = Promise.withResolvers<Response>();
    const called = Promise.withResolvers<void>();
    const slow = receiver(() => {
      called.resolve();
      return gate.promise;
    });
    const running = deliverDue(slow.services, id);
    await called.promise;
    await makeDue(id);
    const other = receiver();
    expect(await deliverDue(other.services, id)).toMatchObject({ delivered: 1 });
    gate.resolve(new Response(null, { status: 500 }));
    await running;
    expect(await deliveriesTo(id)).toMatchObject([{ status: "delivered", attempts: 2 }]);
  });

  test("disable an endpoint once, and mail once", async () => {
    const { id: orgId } = await makeOrganization(db);
    await makeMember(orgId, "owner");
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 8; index += 1) await makeKey(orgId);
    const { services } = failing(410);
    await Promise.all([deliverDue(services, id), deliverDue({ ...services, db: await db.asConsole() }, id)]);
    expect(await mailsOf(orgId)).toHaveLength(1);
  });
}
