/** Every bound of the data plane that is time or size, by name. Durations may be set by environment variables of the same name. */
export interface Limits {
  readonly jsonBodyBytes: number;
  /** From the first look at a request's body to its last byte. */
  readonly bodyMs: number;
  /** A buffered (non-streamed) upstream answer. */
  readonly responseBytes: number;
  /** One call to the Account object. */
  readonly accountRpcMs: number;
  /** From sending the request to the first byte of a streamed answer. */
  readonly firstByteMs: number;
  /** From sending the request to the first byte of a whole answer, which is made before it is sent. */
  readonly wholeAnswerMs: number;
  /** Between two reads of an upstream body. */
  readonly idleMs: number;
  /** How long an aborted call is read on for its usage, where the provider bills to the end. */
  readonly drainMs: number;
  /** How often a running stream reports what it has measured. */
  readonly checkpointMs: number;
  /** A whole request, from its start to its last byte. The Account object reads the same variable: its sweep comes after. */
  readonly requestMs: number;
  readonly storeMs: number;
  /** The longest that an endpoint which failed, or asked for a wait, is left alone. */
  readonly breakerOpenMaxMs: number;
  /** What of a call's price is charged when it uses the customer's own provider key, in parts per million. */
  readonly byokFeePerMillion: bigint;
}

const MEBIBYTE = 1_048_576;
const MILLION = 1_000_000n;

const DEFAULTS: Limits = {
  jsonBodyBytes: 32 * MEBIBYTE,
  bodyMs: 300_000,
  responseBytes: 64 * MEBIBYTE,
  accountRpcMs: 5_000,
  firstByteMs: 120_000,
  wholeAnswerMs: 600_000,
  idleMs: 120_000,
  drainMs: 20_000,
  checkpointMs: 10_000,
  requestMs: 1_800_000,
  storeMs: 5_000,
  breakerOpenMaxMs: 300_000,
  byokFeePerMillion: 50_000n,
};

/** Reads the bounds that the environment sets. Throws on one that is not a positive whole number. */
export function readLimits(env: object): Limits {
  const number = (name: string, fallback: number): number => {
    const value: unknown = Reflect.get(env, name);
    if (typeof value !== "string" || value === "") return fallback;
    if (!/^[1-9]\d{0,9}$/.test(value)) throw new Error(`${name} is not a positive whole number`);
    return Number(value);
  };
  return {
    jsonBodyBytes: number("JSON_BODY_BYTES", DEFAULTS.jsonBodyBytes),
    bodyMs: number("BODY_MS", DEFAULTS.bodyMs),
    responseBytes: number("RESPONSE_BYTES", DEFAULTS.responseBytes),
    accountRpcMs: number("ACCOUNT_RPC_MS", DEFAULTS.accountRpcMs),
    firstByteMs: number("FIRST_BYTE_MS", DEFAULTS.firstByteMs),
    wholeAnswerMs: number("WHOLE_ANSWER_MS", DEFAULTS.wholeAnswerMs),
    idleMs: number("IDLE_MS", DEFAULTS.idleMs),
    drainMs: number("DRAIN_MS", DEFAULTS.drainMs),
    checkpointMs: number("CHECKPOINT_MS", DEFAULTS.checkpointMs),
    requestMs: number("REQUEST_MAX_MS", DEFAULTS.requestMs),
    storeMs: number("STORE_MS", DEFAULTS.storeMs),
    breakerOpenMaxMs: number("BREAKER_OPEN_MAX_MS", DEFAULTS.breakerOpenMaxMs),
    byokFeePerMillion: readFee(env, "BYOK_FEE_PER_MILLION"),
  };
}

/** From nothing to the whole price: more would charge a customer above what was held. */
function readFee(env: object, name: string): bigint {
  const value: unknown = Reflect.get(env, name);
  if (typeof value !== "string" || value === "") return DEFAULTS.byokFeePerMillion;
  if (!/^\d{1,7}$/.test(value) || BigInt(value) > MILLION) {
    throw new Error(`${name} is not a whole number up to ${MILLION}`);
  }
  return BigInt(value);
}
