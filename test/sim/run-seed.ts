import type { Statistics } from "./actors/statistics.ts";
import type { TakenFlush } from "./actors/pretend-ledger.ts";
import { inWords } from "./engine/trace.ts";
import { INVARIANTS, Violation } from "./engine/violation.ts";
import { checkAtRest } from "./model/at-rest.ts";
import { makeScenario, NO_FAULTS } from "./scenario.ts";
import { Stage } from "./stage.ts";
import { checkLiveness } from "./liveness.ts";

export interface RunResult {
  readonly seed: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** What went wrong, in lines to be read; null when nothing did. */
  readonly report: readonly string[] | null;
  readonly statistics: Statistics;
  /** What the ledger took, to be played again to a real one. */
  readonly flushes: readonly TakenFlush[];
  readonly orgId: string;
  /** What calls cost, and what credit expired: together what left the wallet. */
  readonly costNano: bigint;
  readonly expiredNano: bigint;
}

/** Hears of every event as it happens; the line is made when it is asked for. */
export type Listener = (line: () => string) => void;

const TRACE_LINES = 60;
const SETUP_MS = 60_000;
/** After the last hold could have ended: alarms, retries and backoffs are done by then. */
const REST_MS = 600_000;
const REST_STEPS_MAX = 300_000;
const POISON_ROUNDS_MAX = 2_000;
const POISON_ROUND_MS = 5_000;

/** One run: `steps` events of trouble, then rest, and every question that only rest can answer. */
export async function runSeed(seed: number, steps: number, listen: Listener | null = null): Promise<RunResult> {
  const stage = new Stage(makeScenario(seed));
  const { world } = stage;
  world.trace.listen = listen;
  stage.control.begin();
  await world.run(() => stage.control.waiting === 0 || world.nowMs > world.startMs + SETUP_MS);
  stage.begin();
  await world.run(() => world.steps >= steps);
  try {
    await comeToRest(stage);
  } catch (error) {
    world.fail(error);
  }
  const { books, host, statistics } = stage;
  for (const [name, count] of Object.entries(books.counts)) statistics.count(`account: ${name}`, count);
  const calls = [...books.calls.values()];
  statistics.count("calls that came too late for their lease", calls.filter(({ isLate }) => isLate).length);
  statistics.count("calls lost with their isolate", calls.filter(({ state }) => state === "untold").length);
  statistics.count("account: restarts", host.restarts);
  statistics.count("account: turns", host.turns);
  statistics.count("account: leases", books.leases.size);
  return {
    seed,
    steps: world.steps,
    virtualMs: world.nowMs - world.startMs,
    report: world.failure === null ? null : describe(stage, seed, steps),
    statistics: stage.statistics,
    flushes: stage.ledger.history,
    orgId: stage.control.organization.id,
    costNano: books.costNano,
    expiredNano: books.expiredNano,
  };
}

async function comeToRest(stage: Stage): Promise<void> {
  stage.calm();
  stage.world.stepsMax = stage.world.steps + REST_STEPS_MAX;
  await rest(stage);
  await healPoison(stage);
  if (stage.world.failure !== null) return;
  checkAtRest(stage, false);
  await checkLiveness(stage);
  await rest(stage);
  if (stage.world.failure === null) checkAtRest(stage, true);
}

/** Until every hold and lease that is open now has come to its end, and the ledger has heard of it. */
async function rest(stage: Stage): Promise<void> {
  const { leaseLifeMs, requestMaxMs, holdGraceMs } = stage.scenario.limits;
  await stage.wait(leaseLifeMs + requestMaxMs + holdGraceMs + REST_MS);
}

/** The cause is mended, and an operator sends again what was set aside. */
async function healPoison(stage: Stage): Promise<void> {
  const { ledger, host, world } = stage;
  ledger.faults = NO_FAULTS;
  for (let round = 0; round < POISON_ROUNDS_MAX && host.state.outboxSetAside > 0; round += 1) {
    world.start(host.retryPoison());
    await stage.wait(POISON_ROUND_MS);
  }
}

/** The trace, what was broken with its figures, and the one command that shows it again. */
function describe({ world }: Stage, seed: number, steps: number): string[] {
  const { failure } = world;
  const what =
    failure instanceof Violation
      ? [
          `invariant ${INVARIANTS[failure.invariant]}`,
          `violated: ${failure.message}`,
          `figures: ${inWords(failure.figures)}`,
        ]
      : [`invariant ${INVARIANTS.faults}`, `violated: ${String(failure)}`];
  const stack = failure instanceof Error ? (failure.stack ?? "").split("\n").slice(1, 8) : [];
  return [
    ...world.trace.lines(TRACE_LINES),
    `seed ${seed} fails after ${world.steps} steps, ${((world.nowMs - world.startMs) / 1_000).toFixed(3)} s into it`,
    ...what,
    ...stack,
    `npm run sim -- --seed ${seed} --steps ${steps}`,
  ];
}
