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

export interface CallOptions {
  readonly idempotencyKey?: string;
  readonly model?: string;
  readonly prompt?: string;
  readonly maxTokens?: number;
}

/** Starts the constant call, or one that differs in this, at one teller, on a connection of its own while it runs. */
export function startConstant(teller: Teller, apiKey: string, options: CallOptions = {}): RunningCall {
  return startChat({ ...CONSTANT, gatewayUrl: teller.url, apiKey, ...options });
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

export type StartCall = (teller: Teller, index: number) => RunningCall;

export interface Decided {
  readonly running: readonly RunningCall[];
  readonly refused: readonly Call[];
}

/**
 * As many calls at once, spread evenly over the tellers: those that are admitted wait before the provider, whose gate
 * stays shut, beside so many that waited there before.
 */
export async function decide(ground: Tellers, calls: number, start: StartCall, waited = 0): Promise<Decided> {
  ground.provider.shut();
  const refused: Call[] = [];
  const running = Array.from({ length: calls }, (_, index) => {
    const started = start(tellerOf(ground, index % ground.tellers.length), index);
    void started.over.then((call) => refused.push(call));
    return started;
  });
  await until("all are decided", () => refused.length + ground.provider.waiting === waited + calls);
  return { running, refused: [...refused] };
}

/** As many calls at once; the provider answers none before all are decided. */
export async function race(ground: Tellers, calls: number, start: StartCall): Promise<Call[]> {
  const { running } = await decide(ground, calls, start);
  ground.provider.release();
  return await Promise.all(running.map((started) => started.over));
}

/** One call through every teller at once. */
export function callEach(ground: Tellers, apiKey: string): Promise<Call[]> {
  return Promise.all(ground.tellers.map((teller) => startConstant(teller, apiKey).over));
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
  const receipts = await expectReceipts(ground, organization, calls.length);
  expect(receipts.map(({ id }) => id)).toEqual(idsOf(calls));
  return receipts;
}

/** The same where not every call's id is known: so many receipts. */
export async function expectReceipts(
  ground: Tellers,
  organization: Organization,
  count: number,
): Promise<ReceiptRow[]> {
  const balanceNano = await untilNothingIsHeld(ground, organization);
  const receipts = await untilReceipts(ground, organization, count);
  expect(receipts).toHaveLength(count);
  expect(faultsOf(await readBooks(ground.ledger, organization.id), balanceNano)).toEqual([]);
  return receipts;
}

export function untilReceipts(ground: Tellers, { id }: Organization, count: number): Promise<ReceiptRow[]> {
  return until(`${count} receipts in the ledger`, async () => {
    const rows = await receiptsOf(ground.ledger, id);
    return rows.length >= count ? rows : null;
  });
}

export const idsOf = (calls: readonly Call[]): string[] => calls.map(({ id }) => id ?? "").toSorted();

/** Status and code of each, without repeats. */
export const codesOf = (calls: readonly Call[]): Set<string> =>
  new Set(calls.map(({ status, code }) => `${status} ${code}`));

export const isAdmitted = ({ status }: Call): boolean => status === 200;
