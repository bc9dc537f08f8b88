import { ZERO_NANO, affordableUnits, costNano, nanoUsd, partOf, wholeOf, type NanoUsd } from "#kernel";
import type { HoldRequest, OutputRequest } from "./types.ts";

/** The least that a call needs to be worth admitting, and whether admission may grant more output than that. */
export interface HoldPlan {
  readonly request: HoldRequest;
  /** The share of the price that is charged, parts per million; null charges all of it. */
  readonly feePerMillion: bigint | null;
  /** Output tokens per choice below which the call is refused; null without metered output. */
  readonly floorTokens: number | null;
  /** What the floor costs and counts. */
  readonly costNano: NanoUsd;
  readonly tokens: number;
}

export interface Grant {
  readonly outputTokens: number | null;
  readonly heldNano: NanoUsd;
  /** Input and output bound together, for the tokens-per-minute window. */
  readonly tokens: number;
}

/** What still fits: money in every scope together, and tokens; null where nothing limits. */
export interface Room {
  readonly nano: NanoUsd;
  readonly tokens: number | null;
}

/**
 * A caller that named an output maximum gets all of it or a refusal; else the model's minimum is the floor, as it is for
 * output that is seen as it streams: more is held when it comes.
 */
export function planHold(request: HoldRequest, feePerMillion: bigint | null): HoldPlan {
  const { output } = request;
  const floorTokens = output === null ? null : floorOf(output);
  return {
    request,
    feePerMillion,
    floorTokens,
    costNano: costAt(request, feePerMillion, floorTokens ?? 0),
    // Tokens per minute are not extended while a call runs: all that the caller named has to fit at once.
    tokens: tokensAt(request, output === null ? 0 : wantedOf(output)),
  };
}

const wantedOf = (output: OutputRequest): number => Math.min(output.requested ?? output.minimum, output.maximum);

const floorOf = (output: OutputRequest): number =>
  isRolling(output) ? Math.min(wantedOf(output), output.minimum) : wantedOf(output);

const isRolling = (output: OutputRequest): boolean => (output.slice ?? null) !== null;

/**
 * The hold to open when the floor fits: the floor itself, or as much output as the room allows up to the model's (and the
 * caller's) maximum. Of output that is seen as it streams so much is granted, and the first slice of it held.
 */
export function grantHold(plan: HoldPlan, room: Room): Grant {
  const { request, feePerMillion, floorTokens } = plan;
  const { output } = request;
  if (output === null || floorTokens === null) {
    return { outputTokens: null, heldNano: plan.costNano, tokens: plan.tokens };
  }
  const isOpen = output.requested === null || isRolling(output);
  const granted = isOpen ? Math.max(floorTokens, mostTokens(plan, output, room)) : floorTokens;
  return {
    outputTokens: granted,
    heldNano: costAt(request, feePerMillion, Math.min(granted, output.slice ?? granted)),
    tokens: tokensAt(request, granted),
  };
}

function mostTokens({ request, feePerMillion }: HoldPlan, output: OutputRequest, room: Room): number {
  const choices = BigInt(output.choices);
  const maximum = Math.min(output.maximum, output.requested ?? output.maximum);
  const priceRoom = feePerMillion === null ? room.nano : wholeOf(room.nano, feePerMillion);
  const units = affordableUnits(nanoUsd(priceRoom - request.baseNano), output.price);
  const byMoney = units === null ? maximum : minNumber(units / choices, maximum);
  const byTokens = room.tokens === null ? maximum : Math.floor((room.tokens - request.inputTokens) / output.choices);
  return Math.min(maximum, byMoney, byTokens);
}

function costAt({ baseNano, output }: HoldRequest, feePerMillion: bigint | null, tokens: number): NanoUsd {
  const units = BigInt(tokens) * BigInt(output?.choices ?? 1);
  const outputNano = output === null || units === 0n ? ZERO_NANO : costNano([{ units, price: output.price }]);
  const priceNano = nanoUsd(baseNano + outputNano);
  return feePerMillion === null ? priceNano : partOf(priceNano, feePerMillion);
}

function tokensAt(request: HoldRequest, tokens: number): number {
  return request.inputTokens + tokens * (request.output?.choices ?? 1);
}

/** The smaller of a bigint and a safe integer, as a number. */
function minNumber(value: bigint, limit: number): number {
  return value < BigInt(limit) ? Number(value) : limit;
}
