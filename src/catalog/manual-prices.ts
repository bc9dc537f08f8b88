/**
 * Prices that the package lacks. Each names where it was read and when; amounts are decimal text in USD per `per` units,
 * so that no figure passes through a float. `npm run catalog` merges them into the generated catalogue, after the
 * package's own entries of the same endpoint.
 */
export interface ManualPrice {
  /** `<provider>/<upstream model>`. */
  readonly endpoint: string;
  /** ISO-8601 instant from which the prices hold; null: always. */
  readonly from: string | null;
  /** USD for a million tokens, by usage unit. */
  readonly usdPerMillion: Readonly<Record<string, string>>;
  readonly source: { readonly url: string; readonly checked: string };
}

/** The gateway's own provider is free, and says so by an explicit zero: a missing price would be refused. */
const SANDBOX_SOURCE = { url: "https://prismaticapi.com/docs/sandbox", checked: "2026-11-22" };

export const MANUAL_PRICES: readonly ManualPrice[] = [
  { endpoint: "sandbox/echo", from: null, usdPerMillion: { input: "0", output: "0" }, source: SANDBOX_SOURCE },
  { endpoint: "sandbox/lorem", from: null, usdPerMillion: { input: "0", output: "0" }, source: SANDBOX_SOURCE },
  { endpoint: "sandbox/embed", from: null, usdPerMillion: { input: "0" }, source: SANDBOX_SOURCE },
];
