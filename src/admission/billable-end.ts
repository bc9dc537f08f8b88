import { nanoFromText, type NanoUsd, type ReceiptEnd } from "#kernel";

/** The ledger stores durations as 32-bit integers, milliseconds. */
const DURATION_MAX_MS = 2_147_483_647;

/**
 * An end as it is charged and recorded: at most what the caller allowed with `x-prismatic-max-cost`, and what was held
 * where the call was cut short (flagged `capped`; the upstream cost stays what it was), and durations that the ledger
 * can store, whatever a clock that jumped made of them. A cap that is null caps nothing.
 */
export function billableEnd(end: ReceiptEnd, caps: readonly (NanoUsd | null)[]): ReceiptEnd {
  const stored = {
    ...end,
    first_byte_ms: end.first_byte_ms === null ? null : storableMs(end.first_byte_ms),
    duration_ms: storableMs(end.duration_ms),
  };
  const costNano = nanoFromText(end.cost_nano);
  const charged = caps.reduce<NanoUsd>((least, cap) => (cap !== null && cap < least ? cap : least), costNano);
  return charged === costNano ? stored : { ...withFlag(stored, "capped"), cost_nano: charged.toString() };
}

export function withFlag(end: ReceiptEnd, flag: ReceiptEnd["flags"][number]): ReceiptEnd {
  return end.flags.includes(flag) ? end : { ...end, flags: [...end.flags, flag] };
}

function storableMs(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(Math.round(ms), 0), DURATION_MAX_MS);
}
