import { expect, test } from "vitest";
import { WEBHOOK_ATTEMPTS_MAX, WEBHOOK_FAILING_MAX_MS } from "#notify";
import {
  claimDeliveries,
  endHopelessDeliveries,
  findWebhookEndpoint,
  listDueEndpoints,
  sendWebhookTest,
  updateWebhookEndpoint,
} from "#store";
import { deliverDue, DELIVERY_LEASE_MS } from "../../../../workers/console/deliveries/deliver-due.ts";
import { makeOrganization } from "../../receipts.ts";
import {
  HOOK,
  makeEndpoint,
  makeKey,
  makeMember,
  deliveriesTo,
  makeDue,
  statusOf,
  mailsOf,
  receiver,
  failing,
  bench,
} from "../../webhooks/bench.ts";

export function registerTrouble(): void {
  test("is asked again, later each time, and in the end the delivery has failed", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
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
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 20; index += 1) await makeKey(orgId);
    const { sent, services } = failing();
    expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 8, nextMs: 30_000 });
    expect(sent).toHaveLength(8);
  });

  test("waits as long as it asks", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await deliverDue(failing(503, { "retry-after": "7200" }).services, id);
    expect((await deliveriesTo(id))[0]?.wait_s).toBeGreaterThanOrEqual(7_190);
  });

  test("and is gone is disabled at once: admins are mailed, what waits has failed, and the log has it", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    for (const role of ["owner", "admin", "developer", "viewer"]) await makeMember(orgId, role);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 12; index += 1) await makeKey(orgId);
    const { sent, services } = failing(410);
    expect(await deliverDue(services, id)).toMatchObject({ delivered: 0, nextMs: null });
    expect(sent).toHaveLength(4);
    expect(await statusOf(orgId, id)).toEqual(["auto_disabled", "gone"]);
    expect((await mailsOf(orgId)).map(({ role }) => role)).toEqual(["admin", "owner"]);
    expect(new Set((await deliveriesTo(id)).map(({ status }) => status))).toEqual(new Set(["failed"]));
    const log = await bench.db.query<{ action: string; actor_kind: string }>(
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

  test("and was left for another address during the try is neither disabled nor blamed for it", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeMember(orgId, "owner");
    for (const status of [410, 500]) {
      const { id } = await makeEndpoint(orgId, { events: ["key.created"] });
      await makeKey(orgId);
      const { sent, services } = receiver(async () => {
        await updateWebhookEndpoint(bench.orm, orgId, id, { url: `${HOOK}&moved=${status}` });
        return new Response(null, { status });
      });
      expect(await deliverDue(services, id)).toMatchObject({ delivered: 0, failed: 1 });
      expect(sent).toHaveLength(1);
      expect(await statusOf(orgId, id)).toEqual(["enabled", null]);
      expect((await findWebhookEndpoint(bench.orm, orgId, id))?.failingSince).toBeNull();
    }
    expect(await mailsOf(orgId)).toEqual([]);
  });

  test("for five days is disabled, and before that it is not", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeMember(orgId, "owner");
    const { id } = await makeEndpoint(orgId);
    const since = (ms: number) =>
      bench.db.query(
        "update webhook_endpoint set failing_since = now() - $2 * interval '1 millisecond' where id = $1",
        [id, ms],
      );
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
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await deliverDue(failing().services, id);
    expect((await findWebhookEndpoint(bench.orm, orgId, id))?.failingSince).toBeInstanceOf(Date);
    await makeDue(id);
    await deliverDue(receiver().services, id);
    expect((await findWebhookEndpoint(bench.orm, orgId, id))?.failingSince).toBeNull();
  });

  test("because it is switched off gets nothing, though something was written for it in that moment", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    await updateWebhookEndpoint(bench.orm, orgId, id, { status: "disabled" });
    expect(await deliveriesTo(id)).toMatchObject([{ status: "failed", last_error_code: "endpoint_disabled" }]);
    await bench.db.query(
      "update webhook_delivery set status = 'pending', next_attempt_at = now(), last_error_code = null where endpoint_id = $1",
      [id],
    );
    const { sent, services } = receiver();
    expect(await deliverDue(services, id)).toEqual({ delivered: 0, failed: 0, nextMs: null });
    const bounds = { limit: 8, leaseMs: DELIVERY_LEASE_MS, attemptsMax: WEBHOOK_ATTEMPTS_MAX };
    expect(await claimDeliveries(bench.orm, id, bounds)).toEqual([]);
    expect(sent).toEqual([]);
    expect(await listDueEndpoints(bench.orm, orgId, 10)).toEqual([]);
    expect(await sendWebhookTest(bench.orm, orgId, id)).toBeNull();
    await endHopelessDeliveries(bench.orm, WEBHOOK_ATTEMPTS_MAX);
    expect(await deliveriesTo(id)).toMatchObject([{ status: "failed" }]);
  });
}
