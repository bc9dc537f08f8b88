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

/** A caller that named an output maximum gets all of it or a refusal; else the model's minimum is the floor. */
export function planHold(request: HoldRequest, feePerMillion: bigint | null): HoldPlan {
  const { output } = request;
  const floorTokens = output === null ? null : Math.min(output.requested ?? output.minimum, output.maximum);
  return {
    request,
    feePerMillion,
    floorTokens,
    costNano: costAt(request, feePerMillion, floorTokens ?? 0),
    tokens: tokensAt(request, floorTokens ?? 0),
  };
}

/** The hold to open when the floor fits: the floor itself, or as much output as the room allows up to the model's maximum. */
export function grantHold(plan: HoldPlan, room: Room): Grant {
  const { request, feePerMillion, floorTokens } = plan;
  const { output } = request;
  if (output === null || floorTokens === null) {
    return { outputTokens: null, heldNano: plan.costNano, tokens: plan.tokens };
  }
  const granted = output.requested === null ? Math.max(floorTokens, mostTokens(plan, output, room)) : floorTokens;
  return {
    outputTokens: granted,
    heldNano: costAt(request, feePerMillion, granted),
    tokens: tokensAt(request, granted),
  };
}

function mostTokens({ request, feePerMillion }: HoldPlan, output: OutputRequest, room: Room): number {
  const choices = BigInt(output.choices);
  const priceRoom = feePerMillion === null ? room.nano : wholeOf(room.nano, feePerMillion);
  const units = affordableUnits(nanoUsd(priceRoom - request.baseNano), output.price);
  const byMoney = units === null ? output.maximum : minNumber(units / choices, output.maximum);
  const byTokens =
    room.tokens === null ? output.maximum : Math.floor((room.tokens - request.inputTokens) / output.choices);
  return Math.min(output.maximum, byMoney, byTokens);
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
