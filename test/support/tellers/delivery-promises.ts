import { expect } from "vitest";
import type { Call } from "../stack/calls.ts";
import {
  doubleFlushes,
  expectOnlySetAside,
  expectRepeatsKnown,
  plantPoison,
  POISON_MODEL,
  removePoison,
  troubleFlushes,
} from "../stack/ledger-trouble.ts";
import { until } from "../stack/until.ts";
import {
  callEach,
  codesOf,
  creditsOf,
  expectBooks,
  idsOf,
  isAdmitted,
  race,
  RICH_NANO,
  startConstant,
  tellerOf,
  untilNothingIsHeld,
  untilReceipts,
} from "./constant-calls.ts";
import { CONNECTIONS, organizationWith, type Scene } from "./scene.ts";

/** Long enough to see through another gateway that the object has settled, before the answer is there. */
const LOST_ANSWER_ROUND_TRIP_MS = 1_500;

/** G22: one Idempotency-Key at every gateway at once is one call and one charge. */
export async function expectOneCharge(scene: Scene): Promise<void> {
  const { ground, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const askedBefore = ground.provider.passed.length;
  const sendToAll = (): Promise<Call[]> =>
    race(ground, ground.tellers.length, (teller) =>
      startConstant(teller, organization.apiKey, { idempotencyKey: "the-same-everywhere" }),
    );
  const calls = await sendToAll();
  const admitted = calls.filter(isAdmitted);
  expect(admitted).toHaveLength(1);
  expect(codesOf(calls.filter((call) => !isAdmitted(call)))).toEqual(new Set(["409 idempotency_in_progress"]));
  await expectBooks(ground, organization, admitted);
  expect(codesOf(await sendToAll())).toEqual(new Set(["409 idempotency_key_reused"]));
  await expectBooks(ground, organization, admitted);
  expect((await creditsOf(ground, organization)).balanceNano).toBe(RICH_NANO - cost.costNano);
  expect(ground.provider.passed.length - askedBefore).toBe(1);
}

/** G7: a settle whose answer is lost is sent again and charges once. */
export async function expectOneSettle(scene: Scene): Promise<void> {
  const { ground, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const teller = tellerOf(ground, 0);
  ground.provider.shut();
  const running = startConstant(teller, organization.apiKey);
  await until("the call waits before the provider", () => ground.provider.waiting === 1);
  await teller.link.setRoundTripMs(LOST_ANSWER_ROUND_TRIP_MS);
  ground.provider.release();
  await until("the object has settled", async () => {
    const { balanceNano } = await creditsOf(ground, organization);
    return balanceNano === RICH_NANO - cost.costNano;
  });
  const lostBytes = await teller.link.cut();
  await teller.link.setRoundTripMs(0);
  expect(lostBytes).toBeGreaterThan(0);
  // Nobody else calls here: the gateway asks again, and what it asks next arrives after that.
  await until("the gateway has connected again", async () => (await teller.link.connections()) > 0);
  const calls = [await running.over, await startConstant(teller, organization.apiKey).over];
  expect(codesOf(calls)).toEqual(new Set(["200 null"]));
  await expectBooks(ground, organization, calls);
  expect((await creditsOf(ground, organization)).balanceNano).toBe(RICH_NANO - 2n * cost.costNano);
}

/** G6: flushes that are unanswered, refused a connection, or sent twice at once charge each call once. */
export async function expectOnePosting(scene: Scene): Promise<void> {
  const { ground, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const callMany = (): Promise<Call[]> =>
    race(ground, CONNECTIONS, (teller) => startConstant(teller, organization.apiKey));
  troubleFlushes(ground.postgres, organization);
  const calls = await callMany();
  await untilReceipts(ground, organization, calls.length);
  doubleFlushes(ground.postgres, organization);
  calls.push(...(await callMany()));
  await expectBooks(ground, organization, calls);
  await expectRepeatsKnown(ground.postgres, organization);
  ground.postgres.setRule(() => "pass");
  const { balanceNano } = await creditsOf(ground, organization);
  expect(balanceNano).toBe(RICH_NANO - BigInt(2 * CONNECTIONS) * cost.costNano);
}

/** G18: a receipt that the ledger refuses for good is set aside alone; its organization's others and another's go on. */
export async function expectPoisonAlone(scene: Scene): Promise<void> {
  const { ground } = scene;
  const [sick, healthy] = [await organizationWith(scene, RICH_NANO), await organizationWith(scene, RICH_NANO)];
  await plantPoison(ground, sick);
  try {
    // Every gateway has calls of both.
    const calls = await race(ground, CONNECTIONS, (teller, index) => {
      const isSick = index < CONNECTIONS / 2;
      const model = index === 0 ? { model: POISON_MODEL } : {};
      return startConstant(teller, (isSick ? sick : healthy).apiKey, model);
    });
    expect(codesOf(calls)).toEqual(new Set(["200 null"]));
    const [poison, ...rest] = calls.slice(0, CONNECTIONS / 2);
    if (poison === undefined) throw new Error("no call was made");
    await expectBooks(ground, healthy, calls.slice(CONNECTIONS / 2));
    const later = await callEach(ground, sick.apiKey);
    expect(codesOf(later)).toEqual(new Set(["200 null"]));
    await untilNothingIsHeld(ground, sick);
    const posted = [...rest, ...later];
    const receipts = await untilReceipts(ground, sick, posted.length);
    expect(receipts.map(({ id }) => id)).toEqual(idsOf(posted));
    const { ledger } = ground;
    await expectOnlySetAside({ ledger, gatewayUrl: tellerOf(ground, 0).url }, sick, poison);
  } finally {
    await removePoison(ground);
  }
}
