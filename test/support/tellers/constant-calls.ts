import { expect } from "vitest";
import { faultsOf, readBooks, receiptsOf, type ReceiptRow } from "../stack/books.ts";
import { readCredits, startChat, type Call, type RunningCall } from "../stack/calls.ts";
import type { Organization } from "../stack/proving-ground.ts";
import { until } from "../stack/until.ts";
import type { Teller, Tellers } from "./start-tellers.ts";

const OUTPUT_TOKENS = 20;
/** The same request every time, so that every call holds the same and costs the same. */
const CONSTANT = {
  model: "openai/gpt-4.1-nano",
  prompt: `The same for all. [[sim: tokens=${OUTPUT_TOKENS}]]`,
  maxTokens: OUTPUT_TOKENS,
};

/** Far more than any test spends. */
export const RICH_NANO = 1_000_000_000_000n;

export interface ConstantCost {
  readonly holdNano: bigint;
  readonly costNano: bigint;
}

/** Starts the constant call at one teller, on a connection of its own while it runs. */
export function startConstant(teller: Teller, apiKey: string, idempotencyKey?: string): RunningCall {
  return startChat({
    ...CONSTANT,
    gatewayUrl: teller.url,
    apiKey,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
}

/** What one constant call holds, seen while it waits before the provider, and what it costs in the end. */
export async function measureConstantCall(ground: Tellers): Promise<ConstantCost> {
  const organization = await ground.organization(RICH_NANO);
  ground.provider.shut();
  const running = startConstant(tellerOf(ground, 0), organization.apiKey);
  await until("the call waits before the provider", () => ground.provider.waiting === 1);
  const { heldNano } = await creditsOf(ground, organization);
  ground.provider.release();
  expect(await running.over).toMatchObject({ status: 200 });
  return { holdNano: heldNano, costNano: RICH_NANO - (await untilNothingIsHeld(ground, organization)) };
}

/** As many calls at once, spread evenly over the tellers; the provider answers none before all are decided. */
export async function race(ground: Tellers, calls: number, start: (teller: Teller) => RunningCall): Promise<Call[]> {
  ground.provider.shut();
  let over = 0;
  const running = Array.from({ length: calls }, (_, index) => {
    const started = start(tellerOf(ground, index % ground.tellers.length));
    void started.over.then(() => (over += 1));
    return started;
  });
  await until("all are decided", () => over + ground.provider.waiting === calls);
  ground.provider.release();
  return await Promise.all(running.map((started) => started.over));
}

export function tellerOf(ground: Tellers, index: number): Teller {
  const teller = ground.tellers[index];
  if (teller === undefined) throw new Error(`there is no teller ${index}`);
  return teller;
}

/** The wallet as the object has it, asked for through the last teller. */
export function creditsOf(ground: Tellers, { apiKey }: Organization) {
  return readCredits(tellerOf(ground, ground.tellers.length - 1).url, apiKey);
}

/** What leases have. */
export async function reservedNano(ground: Tellers, organization: Organization): Promise<bigint> {
  return (await creditsOf(ground, organization)).reservedNano;
}

/** Answers the balance once every hold has ended. */
export async function untilNothingIsHeld(ground: Tellers, organization: Organization): Promise<bigint> {
  return await until("no hold is open", async () => {
    const { balanceNano, heldNano } = await creditsOf(ground, organization);
    return heldNano === 0n ? balanceNano : null;
  });
}

/**
 * Waits until everything is drained, and expects one receipt for each of these calls and none beside, and every sum to be
 * the same in the object and in Postgres (invariants 1 and 4 of design MONEY section 6).
 */
export async function expectBooks(
  ground: Tellers,
  organization: Organization,
  calls: readonly Call[],
): Promise<ReceiptRow[]> {
  const balanceNano = await untilNothingIsHeld(ground, organization);
  const receipts = await until("the receipts are in the ledger", async () => {
    const rows = await receiptsOf(ground.ledger, organization.id);
    return rows.length >= calls.length ? rows : null;
  });
  expect(receipts.map(({ id }) => id)).toEqual(calls.map(({ id }) => id ?? "").toSorted());
  expect(faultsOf(await readBooks(ground.ledger, organization.id), balanceNano)).toEqual([]);
  return receipts;
}
