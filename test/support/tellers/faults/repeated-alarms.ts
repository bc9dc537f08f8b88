import { expect } from "vitest";
import { receiptsOf, type ReceiptRow } from "../../stack/books.ts";
import type { Passed } from "../../stack/gate.ts";
import type { Organization } from "../../stack/proving-ground.ts";
import { until } from "../../stack/until.ts";
import {
  creditsOf,
  expectBooks,
  RICH_NANO,
  startConstant,
  tellerOf,
  untilNothingIsHeld,
  type ConstantCost,
} from "../constant-calls.ts";
import type { Tellers } from "../start-tellers.ts";

/** Holds are swept so soon after their admission: the suite waits for it. */
export const SWEPT_SOON = { REQUEST_MAX_MS: "5000", HOLD_GRACE_MS: "500" };

/** How often the host dies in the middle of one alarm. */
const KILLS = 2;

/** Whether it posts something for the organization: once it is out, every repeat is the very same request. */
const isFlushOf =
  ({ id }: Organization) =>
  (body: string): boolean =>
    body.includes("post_usage") && body.includes(id);

const flushesOf = (ground: Tellers, organization: Organization): readonly Passed[] =>
  ground.postgres.passed.filter(({ body }) => isFlushOf(organization)(body));

/**
 * Kills the host while an alarm's flush stands before Postgres, again and again, and then lets all of them through at
 * once: those of the dead, and the one of the living. Nobody calls the object meanwhile: the platform repeats the alarm.
 */
async function killInAlarm(ground: Tellers, organization: Organization): Promise<void> {
  const waiting = (): number => ground.postgres.waitingWith(isFlushOf(organization));
  for (let kills = 0; kills < KILLS; kills += 1) {
    await until("an alarm stands before Postgres", () => waiting() > kills);
    await ground.host.kill();
    await ground.host.restart();
  }
  await until("the repeated alarm stands before Postgres", () => waiting() > KILLS);
  ground.postgres.release();
}

/** One flush, sent by each of the alarms, of which exactly one was the first to post it. */
async function expectOneFlush(ground: Tellers, organization: Organization): Promise<void> {
  const sent = flushesOf(ground, organization);
  await until("each is answered", () => sent.every(({ answers }) => answers.length === 1));
  expect(sent).toHaveLength(KILLS + 1);
  expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  const isFirst = ({ answers }: Passed): boolean => answers.join().includes(String.raw`\"repeated\": false`);
  expect(sent.filter(isFirst)).toHaveLength(1);
}

/** An alarm that died in the middle of its flush rings again and posts the same. */
export async function expectOnePosting(ground: Tellers, { costNano }: ConstantCost): Promise<void> {
  const organization = await ground.organization(RICH_NANO);
  ground.postgres.shut();
  const calls = [await startConstant(tellerOf(ground, 0), organization.apiKey).over];
  await killInAlarm(ground, organization);
  await expectBooks(ground, organization, calls);
  await expectOneFlush(ground, organization);
  calls.push(await startConstant(tellerOf(ground, 0), organization.apiKey).over);
  await expectBooks(ground, organization, calls);
  expect((await creditsOf(ground, organization)).balanceNano).toBe(RICH_NANO - 2n * costNano);
}

/** An alarm that died after it had swept sweeps nothing again. */
export async function expectOneSweep(ground: Tellers, { holdNano }: ConstantCost): Promise<void> {
  const organization = await ground.organization(RICH_NANO);
  const doomed = tellerOf(ground, 0);
  ground.provider.shut();
  const lost = startConstant(doomed, organization.apiKey);
  await until("the call waits before the provider", () => ground.provider.waiting === 1);
  expect((await creditsOf(ground, organization)).heldNano).toBe(holdNano);
  ground.postgres.shut();
  await doomed.kill();
  expect((await lost.over).status).toBeNull();
  ground.provider.release();
  await killInAlarm(ground, organization);
  // Of a call that reported nothing nobody has figures: it costs nothing, and it is not lost either.
  expect(await untilNothingIsHeld(ground, organization)).toBe(RICH_NANO);
  const receipts = await until("its receipt is in the ledger", async (): Promise<ReceiptRow[] | null> => {
    const rows = await receiptsOf(ground.ledger, organization.id);
    return rows.length > 0 ? rows : null;
  });
  expect(receipts).toMatchObject([{ kind: "unobserved", outcome: "unobserved", cost_nano: "0" }]);
  await expectOneFlush(ground, organization);
  await doomed.restart();
  const next = await startConstant(doomed, organization.apiKey).over;
  await expectBooks(ground, organization, [{ ...next, id: receipts[0]?.id ?? null }, next]);
}
