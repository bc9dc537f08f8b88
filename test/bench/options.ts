import { parseArgs } from "node:util";
import { TRANSLATION_NAMES } from "./translations.ts";

export const TARGET_NAMES = [
  "direct",
  "constant",
  "minimal",
  "minimal+parse",
  "minimal+object",
  "gateway",
  "gateway disk",
  "gateway strict",
  "gateway strict disk",
  "gateway before",
  ...TRANSLATION_NAMES,
] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

/** How much is measured. Every figure is a bound: the whole run's length follows from them. */
export interface Plan {
  readonly rounds: number;
  /** Paired requests (direct, target) per target and round. */
  readonly latencyPairs: number;
  readonly throughputMs: number;
  readonly firstChunkWindowMs: number;
  readonly cpuWindowMs: number;
  readonly burstChunks: number;
  readonly warmUpRequests: number;
}

const FULL_PLAN: Plan = {
  rounds: 5,
  latencyPairs: 1000,
  throughputMs: 2000,
  firstChunkWindowMs: 2000,
  cpuWindowMs: 3000,
  burstChunks: 2000,
  warmUpRequests: 4000,
};

const QUICK_PLAN: Plan = {
  rounds: 3,
  latencyPairs: 300,
  throughputMs: 500,
  firstChunkWindowMs: 600,
  cpuWindowMs: 800,
  burstChunks: 500,
  warmUpRequests: 1000,
};

const MAX_ROUNDS = 25;

export interface BenchOptions {
  readonly quick: boolean;
  readonly plan: Plan;
  readonly targets: readonly TargetName[];
  /** A checkout of an earlier commit, whose gateway is measured beside this one's; null for none. */
  readonly beforePath: string | null;
  /** Where the figures are written as JSON; null prints only. */
  readonly jsonPath: string | null;
  /** Profile this target instead of measuring. */
  readonly profile: TargetName | null;
  /** Measure how an isolate of the gateway starts, in modules and in one file, instead of the rest. */
  readonly start: boolean;
  /** Measure admission from leases over an Account object that is far away, instead of the rest. */
  readonly leases: boolean;
  /** Measure posting to a real Postgres instead of the rest. */
  readonly posting: boolean;
  /** Measure what the control API asks of millions of receipts instead of the rest. */
  readonly usage: boolean;
  /** Which client measures requests/s: our own, or autocannon as the cross-check of ours. */
  readonly load: "own" | "autocannon";
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [options]

  --quick            3 short rounds, under a minute; for trying things out, not for quoting
  --rounds N         rounds (default 5, at most ${MAX_ROUNDS})
  --targets a,b      only these: ${TARGET_NAMES.join(", ")}
  --before DIR       also the gateway of another checkout (with its node_modules), started by that checkout's own bench
  --load own|autocannon   which client measures requests/s (default own)
  --json FILE        also write every figure of every round as JSON
  --start            how an isolate of the gateway starts: split into modules, and in one file
  --leases           latency and hops per call with the Account object 0, 50 and 150 ms away, by rate; operations and cost
  --posting          receipts per second into a throw-away Postgres, through the local Neon endpoint
  --usage            queries of the usage API over 5 million receipts in a throw-away Postgres, and their plans
  --profile TARGET   show where a target's time goes instead of measuring it
`;

/** Reads the command line. Throws Error with a message for the user on anything unknown or out of bounds. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      targets: { type: "string" },
      before: { type: "string" },
      load: { type: "string", default: "own" },
      json: { type: "string" },
      profile: { type: "string" },
      start: { type: "boolean", default: false },
      leases: { type: "boolean", default: false },
      posting: { type: "boolean", default: false },
      usage: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const base = values.quick ? QUICK_PLAN : FULL_PLAN;
  if (values.load !== "own" && values.load !== "autocannon") throw new Error("--load is own or autocannon");
  return {
    quick: values.quick,
    plan: values.rounds === undefined ? base : { ...base, rounds: readRounds(values.rounds) },
    targets: readTargets(values.targets, values.before !== undefined),
    beforePath: values.before ?? null,
    jsonPath: values.json ?? null,
    profile: values.profile === undefined ? null : readOwnTarget(values.profile),
    start: values.start,
    leases: values.leases,
    posting: values.posting,
    usage: values.usage,
    load: values.load,
    help: values.help,
  };
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS)
    throw new Error(`--rounds is a whole number from 1 to ${MAX_ROUNDS}`);
  return rounds;
}

function readTarget(text: string): TargetName {
  const name = TARGET_NAMES.find((candidate) => candidate === text);
  if (name === undefined) throw new Error(`unknown target '${text}'; there are: ${TARGET_NAMES.join(", ")}`);
  return name;
}

/** A target of this checkout: the gateway of before is asked for by naming where it is. */
function readOwnTarget(text: string): TargetName {
  if (text === "gateway before") throw new Error("'gateway before' is measured by --before DIR");
  return readTarget(text);
}

/**
 * Every ratio is to the direct path and the pass-through Worker, so those two are always measured. A gateway of before is
 * measured where its checkout was named, and only there.
 */
function readTargets(text: string | undefined, hasBefore: boolean): readonly TargetName[] {
  const named = text === undefined ? TARGET_NAMES : text.split(",").map((name) => readOwnTarget(name.trim()));
  const wanted = new Set<TargetName>(["direct", "minimal", ...named]);
  return TARGET_NAMES.filter((name) => (name === "gateway before" ? hasBefore : wanted.has(name)));
}
