/**
 * Public list prices, USD per million, beyond what plans include. Cloudflare: developers.cloudflare.com, Workers pricing
 * and Durable Objects pricing (each RPC method call is one request; alarms count as requests).
 */
export const PRICES = {
  date: "2026-11",
  workerRequests: 0.3,
  objectRequests: 0.15,
  objectRowsWritten: 1,
} as const;

export interface Operations {
  /** Per call. */
  readonly objectCalls: number;
  readonly rows: number;
}

/**
 * USD per million calls by counted operations. Left out, as they depend on the machine: CPU time (0.02 USD per million
 * ms), the object's time in memory (12.50 USD per million GB-s), and Neon's compute.
 */
export function costPerMillion({ objectCalls, rows }: Operations): { readonly total: number; readonly bare: number } {
  const bare = PRICES.workerRequests;
  return { bare, total: bare + objectCalls * PRICES.objectRequests + rows * PRICES.objectRowsWritten };
}
