import { expect, test } from "vitest";
import {
  newWebhookSecret,
  WEBHOOK_ENDPOINTS_MAX,
  WEBHOOK_FAILED_REPLAYS_AN_HOUR_MAX,
  WEBHOOK_REPLAYS_AN_HOUR_MAX,
  WEBHOOK_REPLAYS_MAX,
  WEBHOOK_TESTS_AN_HOUR_MAX,
} from "#notify";
import {
  deleteWebhookEndpoint,
  findWebhookEndpoint,
  replayDelivery,
  replayFailedDeliveries,
  rotateWebhookSecret,
  sendWebhookTest,
  updateWebhookEndpoint,
} from "#store";
import { dispatchDeliveries } from "../../../../workers/console/deliveries/dispatch-deliveries.ts";
import { deliverDue } from "../../../../workers/console/deliveries/deliver-due.ts";
import { sealSecret } from "../../../../workers/console/identity/seal-secret.ts";
import { makeOrganization } from "../../receipts.ts";
import {
  random,
  HOOK,
  makeEndpoint,
  makeKey,
  deliveriesTo,
  makeDue,
  statusOf,
  receiver,
  failing,
  bench,
} from "../../webhooks/bench.ts";
import { verified } from "../../webhooks/receiver.ts";

const refusedWith = (code: string) => ({ cause: expect.objectContaining({ code }) });

export function registerEndpoints(): void {
  test("belongs to its organization: another neither changes, rotates, tests nor deletes it", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(bench.db), await makeOrganization(bench.db)];
    const { id, url } = await makeEndpoint(orgId);
    expect(await findWebhookEndpoint(bench.orm, otherOrg, id)).toBeNull();
    expect(await updateWebhookEndpoint(bench.orm, otherOrg, id, { url: "https://evil.example.com/" })).toBeNull();
    expect(await rotateWebhookSecret(bench.orm, otherOrg, id, "sealed", new Date())).toBeNull();
    expect(await sendWebhookTest(bench.orm, otherOrg, id)).toBeNull();
    expect(await deleteWebhookEndpoint(bench.orm, otherOrg, id)).toBe(false);
    expect(await findWebhookEndpoint(bench.orm, orgId, id)).toMatchObject({ url, previousEndsAt: null });
    await expect(
      bench.db.query("update webhook_endpoint set org_id = $2 where id = $1", [id, otherOrg]),
    ).rejects.toMatchObject({ code: "PR009" });
  });

  test("signs with the secret before a rotation as well, until its end", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id, secret: old } = await makeEndpoint(orgId);
    const secret = newWebhookSecret(random);
    await rotateWebhookSecret(
      bench.orm,
      orgId,
      id,
      await sealSecret(bench.key, id, secret),
      new Date(Date.now() + 3_600_000),
    );
    const { sent, services } = receiver();
    await makeKey(orgId);
    await deliverDue(services, id);
    await bench.db.query("update webhook_endpoint set previous_ends_at = now() - interval '1 second' where id = $1", [
      id,
    ]);
    await makeKey(orgId);
    await deliverDue(services, id);
    const [both, one] = sent;
    if (!both || !one) throw new Error("nothing was sent");
    for (const each of [old, secret]) expect(verified(each, both)).toBeDefined();
    expect(verified(secret, one)).toBeDefined();
    expect(() => verified(old, one)).toThrow();
  });

  test("is not rotated again while both secrets sign: the first would stop before its time", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id, secret: first } = await makeEndpoint(orgId);
    const [second, third] = [newWebhookSecret(random), newWebhookSecret(random)];
    const rotate = async (secret: string) =>
      rotateWebhookSecret(
        bench.orm,
        orgId,
        id,
        await sealSecret(bench.key, id, secret),
        new Date(Date.now() + 3_600_000),
      );
    const made = await Promise.all([rotate(second), rotate(second)]);
    expect(made.filter((one) => one !== null)).toHaveLength(1);
    expect(await rotate(third)).toBeNull();
    const { sent, services } = receiver();
    await makeKey(orgId);
    await deliverDue(services, id);
    const [message] = sent;
    if (!message) throw new Error("nothing was sent");
    for (const each of [first, second]) expect(verified(each, message)).toBeDefined();
    await bench.db.query("update webhook_endpoint set previous_ends_at = now() where id = $1", [id]);
    expect(await rotate(third)).toMatchObject({ id, previousEndsAt: expect.any(Date) });
  });

  test("keeps no secret whose time is over, and says nothing of that in the log", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const [over, running] = [await makeEndpoint(orgId), await makeEndpoint(orgId)];
    for (const { id } of [over, running])
      await rotateWebhookSecret(bench.orm, orgId, id, "sealed", new Date(Date.now() + 3_600_000));
    await bench.db.query("update webhook_endpoint set previous_ends_at = now() where id = $1", [over.id]);
    // The cron does it, whoever else has something due.
    const senders = { wake: () => Promise.resolve(), deliver: () => Promise.reject(new Error("nobody is made to")) };
    await dispatchDeliveries({ db: bench.orm, senders, logger: () => undefined });
    const kept = await bench.db.query<{ id: string }>(
      "select id from webhook_endpoint where org_id = $1 and sealed_previous is not null",
      [orgId],
    );
    expect(kept).toEqual([{ id: running.id }]);
    expect(await findWebhookEndpoint(bench.orm, orgId, over.id)).toMatchObject({ previousEndsAt: null });
    const log = await bench.db.query<{ action: string }>(
      "select action from audit_entry where target_id = $1 order by occurred_at",
      [over.id],
    );
    expect(log.map(({ action }) => action)).toEqual(["webhook_endpoint.created", "webhook_endpoint.updated"]);
  });

  test("is the only one of its organization at its address, also of those that are made at the same moment", async () => {
    const [{ id: orgId }, { id: otherOrg }] = [await makeOrganization(bench.db), await makeOrganization(bench.db)];
    const make = (org: string, url: string) => makeEndpoint(org, { url }).catch(() => null);
    const made = await Promise.all(Array.from({ length: 5 }, () => make(orgId, HOOK)));
    const [only, ...more] = made.filter((one) => one !== null);
    if (!only) throw new Error("none was made");
    expect(more).toEqual([]);
    expect(await make(otherOrg, HOOK)).not.toBeNull();
    const other = await makeEndpoint(orgId);
    expect(await updateWebhookEndpoint(bench.orm, orgId, other.id, { url: HOOK })).toBe("taken");
    expect(await updateWebhookEndpoint(bench.orm, orgId, only.id, { url: HOOK })).toMatchObject({ url: HOOK });
    await deleteWebhookEndpoint(bench.orm, orgId, only.id);
    expect(await make(orgId, HOOK)).not.toBeNull();
  });

  test("gets so many replays an hour of one delivery, a test's among them", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const [{ id }, other] = [await makeEndpoint(orgId), await makeEndpoint(orgId)];
    const [deliveryId, others] = [
      (await sendWebhookTest(bench.orm, orgId, id)) ?? "",
      (await sendWebhookTest(bench.orm, orgId, other.id)) ?? "",
    ];
    const replay = () => replayDelivery(bench.orm, orgId, id, deliveryId);
    const sent = await Promise.allSettled(Array.from({ length: WEBHOOK_REPLAYS_AN_HOUR_MAX + 5 }, replay));
    const refused = sent.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(5);
    for (const { reason } of refused) expect(reason).toMatchObject(refusedWith("PR014"));
    // Its own bound alone, and what was never there counts for nobody.
    expect(await replayDelivery(bench.orm, orgId, other.id, deliveryId)).toBe(false);
    expect(await replayDelivery(bench.orm, orgId, other.id, others)).toBe(true);
    await bench.db.query("update webhook_endpoint set replays_since = now() - interval '1 hour' where id = $1", [id]);
    expect(await replay()).toBe(true);
  });

  test("gets so many replays an hour of what failed, however often it fails", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 3; index += 1) await makeKey(orgId);
    const fail = () =>
      bench.db.query("update webhook_delivery set status = 'failed', next_attempt_at = null where endpoint_id = $1", [
        id,
      ]);
    const replay = () => replayFailedDeliveries(bench.orm, orgId, id, new Date(0), WEBHOOK_REPLAYS_MAX);
    await fail();
    expect(await replay()).toBe(3);
    await fail();
    // As if it had gone on so.
    await bench.db.query("update webhook_endpoint set failed_replays = $2 where id = $1", [
      id,
      WEBHOOK_FAILED_REPLAYS_AN_HOUR_MAX - 2,
    ]);
    expect(await replay()).toBe(2);
    await expect(replay()).rejects.toMatchObject(refusedWith("PR014"));
    await bench.db.query("update webhook_endpoint set replays_since = now() - interval '1 hour' where id = $1", [id]);
    expect(await replay()).toBe(1);
    const log = await bench.db.query("select action from audit_entry where target_id = $1", [id]);
    expect(log).toEqual([{ action: "webhook_endpoint.created" }]);
  });

  test("that is switched off is not replayed to", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    const deliveryId = (await sendWebhookTest(bench.orm, orgId, id)) ?? "";
    await updateWebhookEndpoint(bench.orm, orgId, id, { status: "disabled" });
    expect(await replayDelivery(bench.orm, orgId, id, deliveryId)).toBe(false);
    expect(await replayFailedDeliveries(bench.orm, orgId, id, new Date(0), 10)).toBe(0);
  });

  test("is one of twenty at most, also of those that are made at the same moment", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const made = await Promise.allSettled(Array.from({ length: WEBHOOK_ENDPOINTS_MAX + 8 }, () => makeEndpoint(orgId)));
    const refused = made.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(8);
    for (const { reason } of refused) expect(reason).toMatchObject(refusedWith("PR014"));
    const [row] = await bench.db.query<{ count: number }>(
      "select count(*)::int from webhook_endpoint where org_id = $1",
      [orgId],
    );
    expect(row?.count).toBe(WEBHOOK_ENDPOINTS_MAX);
  });

  test("gets so many tests an hour", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId, { events: ["key.created"] });
    const sent = await Promise.allSettled(
      Array.from({ length: WEBHOOK_TESTS_AN_HOUR_MAX + 5 }, () => sendWebhookTest(bench.orm, orgId, id)),
    );
    const refused = sent.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(5);
    expect(await deliveriesTo(id)).toHaveLength(WEBHOOK_TESTS_AN_HOUR_MAX);
  });

  test("forgets its failures when it leads elsewhere, and why it was disabled when it is switched on", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await deliverDue(failing().services, id);
    const moved = await updateWebhookEndpoint(bench.orm, orgId, id, { url: "https://elsewhere.example.com/" });
    expect(moved).toMatchObject({ failingSince: null });
    await makeDue(id);
    await deliverDue(failing(410).services, id);
    expect(await statusOf(orgId, id)).toEqual(["auto_disabled", "gone"]);
    const enabled = await updateWebhookEndpoint(bench.orm, orgId, id, { status: "enabled" });
    expect(enabled).toMatchObject({ status: "enabled", disabledReason: null, disabledAt: null, failingSince: null });
  });

  test("has its address in no audit entry: it may hold a secret", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await updateWebhookEndpoint(bench.orm, orgId, id, {
      url: `${HOOK}2`,
      description: "Ours",
      events: ["key.created"],
    });
    await deleteWebhookEndpoint(bench.orm, orgId, id);
    const entries = await bench.db.query<{ action: string }>(
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
