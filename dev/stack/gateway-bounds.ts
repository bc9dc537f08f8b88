import type { Environment } from "./provider-env.ts";

/** The durations and sizes of the gateway and its Account object that the environment may set. */
export const GATEWAY_BOUNDS = [
  "BODY_MS",
  "JSON_BODY_BYTES",
  "RESPONSE_BYTES",
  "ACCOUNT_RPC_MS",
  "FIRST_BYTE_MS",
  "WHOLE_ANSWER_MS",
  "IDLE_MS",
  "DRAIN_MS",
  "CHECKPOINT_MS",
  "REQUEST_MAX_MS",
  "STORE_MS",
  "BREAKER_OPEN_MAX_MS",
  "BYOK_FEE_PER_MILLION",
  "LEDGER_TIMEOUT_MS",
  "HOLD_GRACE_MS",
  "LEASE_LIFE_MS",
  "LEASES_MAX",
  "FLUSH_INTERVAL_MS",
  "FLUSH_BACKOFF_MS",
  "FLUSH_BACKOFF_MAX_MS",
] as const;

/** The developer's own bounds, passed on as they are: the gateway refuses to start with one that is no whole number. */
export function gatewayBounds(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    GATEWAY_BOUNDS.flatMap((name) => {
      const value = environment[name] ?? "";
      return value === "" ? [] : [[name, value] as const];
    }),
  );
}
