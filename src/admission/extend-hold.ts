import { nanoUsd, ZERO_NANO, type NanoUsd } from "#kernel";
import { adoptCall } from "./adopt-call.ts";
import { refuse } from "./check-key.ts";
import type { ExtendCommand, ExtendResult } from "./lease-types.ts";
import { expireCredit } from "./lots.ts";
import { leastLeft, moneyRooms, type MoneyRoom } from "./money-rooms.ts";
import { parkCall } from "./parked.ts";
import { keyOf, type AccountState, type AdmissionContext, type Hold } from "./state.ts";
import { growHold } from "./hold-sums.ts";
import type { Refusal } from "./types.ts";

/**
 * Holds more for running calls, one result per command in order: all that is asked for where every scope has room, else
 * what is left of the narrowest, with the reason. A repeat asks for what is held already. A call that is not open gets
 * `internal_error`: it has ended, and nothing more may be delivered for it. Source: design MONEY section 2.
 */
export function extendHolds(
  state: AccountState,
  commands: readonly ExtendCommand[],
  context: AdmissionContext,
): readonly ExtendResult[] {
  return commands.map((command) => extendOne(state, command, context));
}

function extendOne(state: AccountState, command: ExtendCommand, context: AdmissionContext): ExtendResult {
  if (command.leased) adoptCall(state, command.leased, context);
  const hold = state.holds.get(command.id);
  if (hold === undefined) return { heldNano: ZERO_NANO, refusal: refuse("internal_error") };
  const neededNano = nanoUsd(command.toNano - hold.heldNano);
  if (neededNano <= 0n) return { heldNano: hold.heldNano, refusal: null };
  expireCredit(state, context);
  const key = keyOf(state, hold.keyHash);
  const rooms = moneyRooms(state, { key, scopes: hold.scopes, periods: hold.periods });
  const cappedNano = hold.maxCostNano === null ? null : nanoUsd(hold.maxCostNano - hold.heldNano);
  const leftNano = leastLeft(rooms);
  const grantNano = positive(least(neededNano, cappedNano === null ? leftNano : least(leftNano, cappedNano)));
  if (grantNano > 0n) growHold(state, key, hold, grantNano);
  const refusal = grantNano === neededNano ? null : whyShort(state, hold, rooms, neededNano, grantNano, context);
  return { heldNano: hold.heldNano, refusal };
}

/** Which scope it was. Called after the hold has grown, so a room has what it had less what was granted. */
function whyShort(
  state: AccountState,
  { maxCostNano, heldNano }: Hold,
  rooms: readonly MoneyRoom[],
  neededNano: NanoUsd,
  grantNano: NanoUsd,
  { nowMs, limits }: AdmissionContext,
): Refusal {
  if (maxCostNano !== null && heldNano >= maxCostNano) return refuse("max_cost_exceeded");
  const short = rooms.find(({ freeNano }) => freeNano < neededNano);
  if (short) return refuse(short.code, short.params);
  // Of what is held back by leases some was granted or none: the rest fits when they end.
  if (grantNano < neededNano)
    return { ...refuse("credit_reserved", {}, parkCall(state, state, nowMs, limits)), isParked: true };
  return refuse("internal_error");
}

const least = (one: NanoUsd, other: NanoUsd): NanoUsd => (one < other ? one : other);
const positive = (amount: NanoUsd): NanoUsd => (amount > 0n ? amount : ZERO_NANO);
