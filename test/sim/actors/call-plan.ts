import type { AdmitCommand, HoldRequest } from "#admission";
import { nanoUsd, newId } from "#kernel";
import type { SeededRandom } from "../engine/seeded-random.ts";
import { PROVIDER } from "../model/prices.ts";
import type { Isolate } from "./isolate.ts";

/** How a call goes once it is admitted. */
export type CallFate = "completed" | "aborted" | "failed" | "overrun" | "vanished";

export interface CallPlan {
  readonly command: AdmitCommand;
  readonly fate: CallFate;
  readonly durationMs: number;
  /** Pieces in which its output comes. */
  readonly chunks: number;
  /** The part of what was granted that it delivers. */
  readonly part: number;
  readonly checkpoints: boolean;
}

const FEE_PER_MILLION = 50_000n;
const IDEMPOTENCY_KEYS = 12;
const SLOW_PART = 0.03;
/** Some run longer than any request may: their holds and leases are swept before they end. */
const OVERDUE_PART = 0.01;
const OVERDUE_MS = 10_000;

export function planCall(random: SeededRandom, isolate: Isolate, keyHash: string, requestMaxMs: number): CallPlan {
  const hold = planHold(random);
  return {
    command: makeCommand(random, isolate, keyHash, hold),
    fate: pickFate(random),
    durationMs: pickDurationMs(random, requestMaxMs),
    chunks: hold.output === null ? 1 : random.between(1, 6),
    part: random.chance(0.2) ? 1 : random.fraction(),
    checkpoints: random.chance(0.3),
  };
}

function pickDurationMs(random: SeededRandom, requestMaxMs: number): number {
  const draw = random.fraction();
  if (draw > SLOW_PART + OVERDUE_PART) return random.magnitude(20, 8_000);
  return draw > OVERDUE_PART ? random.between(1_000, requestMaxMs) : requestMaxMs + random.between(0, OVERDUE_MS);
}

function pickFate(random: SeededRandom): CallFate {
  const draw = random.fraction();
  if (draw < 0.8) return "completed";
  if (draw < 0.9) return "aborted";
  if (draw < 0.95) return "failed";
  return draw < 0.97 ? "overrun" : "vanished";
}

function planHold(random: SeededRandom): HoldRequest {
  const inputTokens = random.between(1, 60);
  const baseNano = nanoUsd(random.chance(0.02) ? 0n : BigInt(random.magnitude(10, 300)));
  if (random.chance(0.4)) return { baseNano, inputTokens, output: null };
  const isRolling = random.chance(0.6);
  return {
    baseNano,
    inputTokens,
    output: {
      price: { pico: BigInt(random.between(1, 3)) * 1_000n, per: 1n },
      requested: random.chance(0.8) ? random.between(1, 250) : null,
      maximum: random.pick([100, 400]),
      minimum: random.pick([1, 16]),
      choices: random.chance(0.8) ? 1 : 2,
      slice: isRolling ? random.pick([16, 64]) : null,
    },
  };
}

/** A command of an isolate: ids and times are by its own clock. */
export function makeCommand(random: SeededRandom, isolate: Isolate, keyHash: string, hold: HoldRequest): AdmitCommand {
  const atMs = isolate.clock.nowMs();
  const isOwn = random.chance(0.3);
  return {
    keyHash,
    scope: "inference",
    clientIp: "203.0.113.7",
    hold,
    maxCostNano: random.chance(0.15) ? nanoUsd(BigInt(random.magnitude(50, 1_000))) : null,
    draft: {
      id: newId("generation", { nowMs: () => atMs }, random.bytes),
      occurred_at: new Date(atMs).toISOString(),
      mode: "live",
      operation: "chat.completions",
      streamed: hold.output !== null,
      model: "openai/gpt-test",
      price_version: "sim-1",
    },
    idempotency: random.chance(0.05) ? { keyHash: `idem-${random.between(1, IDEMPOTENCY_KEYS)}` } : null,
    ...(isOwn ? { providers: [PROVIDER], byokFeePerMillion: FEE_PER_MILLION } : {}),
  };
}
