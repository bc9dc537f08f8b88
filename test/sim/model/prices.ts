import type { AdmitCommand, HoldRequest, SealedProviderKey } from "#admission";

const MILLION = 1_000_000n;
const PICO_PER_NANO = 1_000n;

/** A share in parts per million, up to the next nano-USD; null is all of it. */
export function shareOf(nano: bigint, perMillion: bigint | null): bigint {
  if (perMillion === null) return nano;
  return (nano * perMillion + MILLION - 1n) / MILLION;
}

/** What so many output tokens per choice cost with all else. Prices here are whole nano-USD for one token. */
export function costAt({ baseNano, output }: HoldRequest, feePerMillion: bigint | null, tokens: number): bigint {
  if (output === null) return shareOf(baseNano, feePerMillion);
  const eachNano = output.price.pico / PICO_PER_NANO;
  return shareOf(baseNano + BigInt(tokens * output.choices) * eachNano, feePerMillion);
}

export function tokensAt({ inputTokens, output }: HoldRequest, tokens: number): number {
  return output === null ? inputTokens : inputTokens + tokens * output.choices;
}

/** The output per choice that has to fit, or the call is refused; null without output. */
export function floorTokens({ output }: HoldRequest): number | null {
  if (output === null) return null;
  const wanted = wantedTokens(output);
  return isRolling(output) ? Math.min(wanted, output.minimum) : wanted;
}

/** The output per choice that has to fit the tokens per minute. */
export function wantedTokens(output: NonNullable<HoldRequest["output"]>): number {
  return Math.min(output.requested ?? output.minimum, output.maximum);
}

/** The most output per choice that may be granted. */
export function mostTokens(output: NonNullable<HoldRequest["output"]>): number {
  return Math.min(output.requested ?? output.maximum, output.maximum);
}

/** What a call holds at first, with so much output granted. */
export function heldAt(hold: HoldRequest, feePerMillion: bigint | null, granted: number | null): bigint {
  const slice = hold.output?.slice ?? null;
  const tokens = granted ?? 0;
  return costAt(hold, feePerMillion, slice === null ? tokens : Math.min(slice, tokens));
}

export const isRolling = (output: NonNullable<HoldRequest["output"]>): boolean => (output.slice ?? null) !== null;

/** The one provider of this world, at which the organization may have a key of its own. */
export const PROVIDER = "openai";

/** Whether only the organization's own key is used at the provider. */
export function isOwnKeyOnly(ownKeys: readonly SealedProviderKey[]): boolean {
  return ownKeys.some(({ provider, mode }) => provider === PROVIDER && mode === "only");
}

/** The fee alone where only the organization's own key would be used. */
export function feeOf(command: AdmitCommand, hasOwnKeyOnly: boolean): bigint | null {
  const { providers = [], byokFeePerMillion } = command;
  const isOwn = hasOwnKeyOnly && providers.length > 0 && providers.every((provider) => provider === PROVIDER);
  return isOwn ? (byokFeePerMillion ?? null) : null;
}

export const least = (...amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => (b < a ? b : a));
export const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);
