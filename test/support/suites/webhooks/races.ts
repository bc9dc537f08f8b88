import { expect, test } from "vitest";
import { replayDelivery } from "#store";
import { deliverDue } from "../../../../workers/console/deliveries/deliver-due.ts";
import { makeOrganization } from "../../receipts.ts";
import {
  makeEndpoint,
  makeKey,
  makeMember,
  deliveriesTo,
  makeDue,
  mailsOf,
  receiver,
  failing,
  bench,
} from "../../webhooks/bench.ts";

export function registerRaces(): void {
  test("never send a delivery twice", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 30; index += 1) await makeKey(orgId);
    const { sent, services } = receiver();
    const senders = await Promise.all(
      Array.from({ length: 4 }, async () => ({ ...services, db: await bench.db.asConsole() })),
    );
    await Promise.all(senders.map((sender) => deliverDue(sender, id)));
    expect(sent).toHaveLength(30);
    expect(new Set(sent.map(({ headers }) => headers["webhook-id"])).size).toBe(30);
  });

  test("one whose claim is over does not put back what another has claimed since", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
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

  test("one whose delivery is replayed meanwhile puts back neither that nor what another has claimed of it", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    const { id } = await makeEndpoint(orgId);
    await makeKey(orgId);
    const [{ id: deliveryId } = { id: "" }] = await deliveriesTo(id);
    /** Tries, and is answered 500 when it is let go. */
    const trySlowly = async () => {
      const [gate, called] = [Promise.withResolvers<Response>(), Promise.withResolvers<void>()];
      const { sent, services } = receiver(() => {
        called.resolve();
        return gate.promise;
      });
      const running = deliverDue(services, id);
      await called.promise;
      const fail = async () => {
        gate.resolve(new Response(null, { status: 500 }));
        await running;
      };
      return { sent, fail };
    };
    const first = await trySlowly();
    await replayDelivery(bench.orm, orgId, id, deliveryId);
    await first.fail();
    expect(await deliveriesTo(id)).toMatchObject([{ status: "pending", attempts: 0, wait_s: 0 }]);
    const second = await trySlowly();
    await replayDelivery(bench.orm, orgId, id, deliveryId);
    // Its first try again, as that of the second.
    const third = await trySlowly();
    await second.fail();
    const [claimed] = await deliveriesTo(id);
    expect(claimed).toMatchObject({ status: "pending", attempts: 1, last_error_code: null });
    expect(claimed?.wait_s).toBeGreaterThan(100);
    await third.fail();
    expect(await deliveriesTo(id)).toMatchObject([{ attempts: 1, last_error_code: "unexpected_status" }]);
  });

  test("disable an endpoint once, and mail once", async () => {
    const { id: orgId } = await makeOrganization(bench.db);
    await makeMember(orgId, "owner");
    const { id } = await makeEndpoint(orgId);
    for (let index = 0; index < 8; index += 1) await makeKey(orgId);
    const { services } = failing(410);
    await Promise.all([deliverDue(services, id), deliverDue({ ...services, db: await bench.db.asConsole() }, id)]);
    expect(await mailsOf(orgId)).toHaveLength(1);
  });
}
