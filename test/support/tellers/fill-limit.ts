import { expect } from "vitest";
import type { Call, RunningCall } from "../stack/calls.ts";
import type { Organization } from "../stack/proving-ground.ts";
import { until } from "../stack/until.ts";
import { codesOf, decide, reservedNano, startConstant } from "./constant-calls.ts";
import { CONNECTIONS, type Scene } from "./scene.ts";

/** Waves after every lease has ended: the first takes all that is left. */
const LATE_WAVES_MAX = 3;
const LEASE_LIFE_SECONDS = 5;
const PARKED_MONEY = "429 credit_reserved";

export interface LimitToFill {
  readonly apiKey: string;
  /** Constant calls that fit under it. */
  readonly room: number;
  /** Calls that are sent at least, many more than that. */
  readonly attempts: number;
  /** Status and code of a refusal once it is full. */
  readonly full: string;
}

export interface Filled {
  readonly admitted: readonly Call[];
  readonly refused: readonly Call[];
}

/**
 * Many more calls than a limit is for, none of which ends before all are decided: never more are admitted than it has
 * room for, and exactly as many: at once where nobody has leases, else once no lease stands in the way. Until then nobody
 * is told that money is used up.
 */
export async function fillLimit(scene: Scene, organization: Organization, limit: LimitToFill): Promise<Filled> {
  const { ground, variant } = scene;
  const { apiKey, room, attempts, full } = limit;
  const running: RunningCall[] = [];
  const refused: Call[] = [];
  const wave = async (): Promise<void> => {
    const started = await decide(
      ground,
      CONNECTIONS,
      (teller) => startConstant(teller, apiKey),
      running.length - refused.length,
    );
    running.push(...started.running);
    refused.push(...started.refused);
    const { waiting } = ground.provider;
    if (variant.hasLeases) expect(waiting).toBeLessThanOrEqual(room);
    else expect(waiting).toBe(Math.min(room, running.length));
    if (waiting < room && full.startsWith("402")) expect(codesOf(refused)).not.toContain(full);
  };
  while (running.length < attempts) await wave();
  for (let more = 0; more < LATE_WAVES_MAX && ground.provider.waiting < room; more += 1) {
    await untilNoLease(scene, organization);
    await wave();
  }
  expect(ground.provider.waiting).toBe(room);
  await untilNoLease(scene, organization);
  for (const call of refused) expectRefusal(call, variant.hasLeases ? [full, PARKED_MONEY] : [full]);
  const before = refused.length;
  await wave();
  expect(codesOf(refused.slice(before))).toEqual(new Set([full]));
  expect(refused.slice(before)).toHaveLength(CONNECTIONS);
  ground.provider.release();
  const calls = await Promise.all(running.map(({ over }) => over));
  const admitted = calls.filter(({ status }) => status === 200);
  expect(admitted).toHaveLength(room);
  return { admitted, refused };
}

/** Only who is to come again is told when, and who waits for a lease no later than leases live. */
function expectRefusal(call: Call, codes: readonly string[]): void {
  const [told] = codesOf([call]);
  expect(codes).toContain(told);
  const isPaid = call.status !== 402;
  expect(call.retryAfter !== null).toBe(isPaid);
  if (!isPaid) expect(call.shouldRetry).toBe("false");
  if (told !== PARKED_MONEY) return;
  expect(call.shouldRetry).toBe("true");
  expect(Number(call.retryAfter)).toBeLessThanOrEqual(LEASE_LIFE_SECONDS);
}

/** Waits until no lease of the organization is open; where there are none, that is now. */
export async function untilNoLease({ ground, variant }: Scene, organization: Organization): Promise<void> {
  const isNone = async (): Promise<boolean> => (await reservedNano(ground, organization)) === 0n;
  if (variant.hasLeases) await until("no lease is open", isNone);
  else expect(await isNone()).toBe(true);
}
