import { expect } from "vitest";
import { until } from "../stack/until.ts";
import {
  callEach,
  codesOf,
  creditsOf,
  decide,
  expectBooks,
  expectReceipts,
  isAdmitted,
  RICH_NANO,
  startConstant,
  tellerOf,
} from "./constant-calls.ts";
import { CONNECTIONS, organizationWith, type Scene } from "./scene.ts";

/** Of the account host alone, and while one test looks at the sweep: others hold calls for longer than this. */
const SWEEP_BOUNDS = { REQUEST_MAX_MS: "5000", HOLD_GRACE_MS: "1000" };

/** A gateway that is killed frees nothing and charges nothing; the others go on. */
export async function expectHoldsOutliveTeller(scene: Scene): Promise<void> {
  const { ground, variant, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const [doomed, other] = [tellerOf(ground, 0), tellerOf(ground, 1)];
  ground.provider.shut();
  const lost = [1, 2].map(() => startConstant(doomed, organization.apiKey));
  const finished = startConstant(other, organization.apiKey);
  await until("all wait before the provider", () => ground.provider.waiting === 3);
  await doomed.kill();
  ground.provider.release();
  expect((await Promise.all(lost.map(({ over }) => over))).map(({ status }) => status)).toEqual([null, null]);
  expect(await finished.over).toMatchObject({ status: 200 });
  await doomed.restart();
  expect(await startConstant(doomed, organization.apiKey).over).toMatchObject({ status: 200 });
  const { availableNano } = await until("the calls that ended are settled", async () => {
    const credits = await creditsOf(ground, organization);
    return credits.balanceNano === RICH_NANO - 2n * cost.costNano ? credits : null;
  });
  const leftNano = RICH_NANO - 2n * cost.costNano - 2n * cost.holdNano;
  // What a dead gateway held is nobody's until the sweep, which knows what it had reported.
  if (variant.hasLeases) expect(availableNano).toBeLessThanOrEqual(leftNano);
  else expect(availableNano).toBe(leftNano);
}

/**
 * G6: what a gateway that was killed between hold and settle had running is swept, each with one receipt, and costs
 * nothing. What had reported output is the crash suite's: there a second sweep would cost twice.
 */
export async function expectSweptOnce(scene: Scene): Promise<void> {
  const { ground, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const doomed = tellerOf(ground, 0);
  await restartHost(scene, SWEEP_BOUNDS);
  const { running, refused } = await decide(ground, CONNECTIONS, (teller) =>
    startConstant(teller, organization.apiKey),
  );
  expect(refused).toEqual([]);
  await until("the object has a hold of every call", async () => {
    const { heldNano, reservedNano } = await creditsOf(ground, organization);
    return heldNano - reservedNano === BigInt(CONNECTIONS) * cost.holdNano;
  });
  await doomed.kill();
  ground.provider.release();
  const calls = await Promise.all(running.map(({ over }) => over));
  const finished = calls.filter(isAdmitted);
  const lostCount = CONNECTIONS / ground.tellers.length;
  expect(finished).toHaveLength(CONNECTIONS - lostCount);
  await doomed.restart();
  await expectReceipts(ground, organization, CONNECTIONS);
  // Neither a restart of the object nor of the gateway ends them again.
  await restartHost(scene);
  expect(codesOf(await callEach(ground, organization.apiKey))).toEqual(new Set(["200 null"]));
  const receipts = await expectReceipts(ground, organization, CONNECTIONS + ground.tellers.length);
  const swept = receipts.filter(({ outcome }) => outcome === "unobserved");
  expect(swept.map(({ kind, cost_nano }) => `${kind} ${cost_nano}`)).toEqual(
    Array.from({ length: lostCount }, () => "unobserved 0"),
  );
  const paid = BigInt(finished.length + ground.tellers.length);
  expect((await creditsOf(ground, organization)).balanceNano).toBe(RICH_NANO - paid * cost.costNano);
}

async function restartHost({ ground }: Scene, bounds?: Readonly<Record<string, string>>): Promise<void> {
  await ground.host.kill();
  await ground.host.restart(bounds);
}

/** G5: without the Account object nobody is admitted, and it comes back with every hold. */
export async function expectHoldsOutliveHost(scene: Scene): Promise<void> {
  const { ground, variant, cost } = scene;
  const organization = await organizationWith(scene, RICH_NANO);
  const stranger = await organizationWith(scene, RICH_NANO);
  const { running } = await decide(ground, ground.tellers.length, (teller) =>
    startConstant(teller, organization.apiKey),
  );
  await ground.host.kill();
  // No gateway has anything of this organization's: without the object there is no admission.
  expect(codesOf(await callEach(ground, stranger.apiKey))).toEqual(new Set(["503 account_unavailable"]));
  await ground.host.restart();
  const { heldNano } = await creditsOf(ground, organization);
  const runningNano = BigInt(running.length) * cost.holdNano;
  if (variant.hasLeases) expect(heldNano).toBeGreaterThanOrEqual(runningNano);
  else expect(heldNano).toBe(runningNano);
  ground.provider.release();
  const calls = await Promise.all(running.map(({ over }) => over));
  expect(codesOf(calls)).toEqual(new Set(["200 null"]));
  await expectBooks(ground, organization, calls);
}
