import type { KeyRecord } from "#admission";
import { nanoUsd } from "#kernel";
import { makeCommand, type CallPlan } from "./actors/call-plan.ts";
import type { Isolate } from "./actors/isolate.ts";
import { currentRequest, RequestContext } from "./actors/request-context.ts";
import { runCall } from "./actors/run-call.ts";
import { ensure } from "./engine/violation.ts";
import type { Stage } from "./stage.ts";

/** Longer than any window reaches back. */
const QUIET_MS = 300_000;
const ANSWERED_MS = 60_000;
const PROBE_NANO = 1_000_000_000_000n;
/** So many calls in a row of one key, so far apart: more than enough to be worth a lease. */
const STEADY_CALLS = 40;
const STEADY_GAP_MS = 200;
/** With fewer leases or slots than this for everybody an isolate may rightly get none. */
const LEASES_ENOUGH = 16;
const SLOTS_ENOUGH = 1_000;

type Decision = "leased" | "strict" | "refused";

/** Once all is quiet whatever fits is admitted, and an isolate that is used a lot admits by itself again (invariant 7). */
export async function checkLiveness(stage: Stage): Promise<void> {
  const { control, scenario } = stage;
  control.credit(PROBE_NANO);
  control.open(false);
  await stage.wait(QUIET_MS);
  for (const isolate of stage.isolates) {
    // Called at all, it gives back whatever it still has.
    call(stage, isolate, stage.control.keys[0], []);
    await stage.wait(ANSWERED_MS);
    for (const place of scenario.keys.keys()) await probe(stage, isolate, place);
  }
  control.open(true);
  await stage.wait(QUIET_MS);
  const { leasesMax, openHoldsMax } = scenario.limits;
  if (leasesMax < LEASES_ENOUGH || openHoldsMax < SLOTS_ENOUGH) return;
  for (const isolate of stage.isolates) await steady(stage, isolate);
}

/** The least that a call can be, where the key's limits have room for it. */
async function probe(stage: Stage, isolate: Isolate, place: number): Promise<void> {
  const key = stage.control.keys[place];
  if (key === undefined || !fitsOne(stage, key)) return;
  const decisions: Decision[] = [];
  call(stage, isolate, key, decisions);
  await stage.wait(ANSWERED_MS);
  const isAdmitted = decisions[0] === "leased" || decisions[0] === "strict";
  ensure(isAdmitted, "liveness", "a call that fits is not admitted", () => ({ isolate: isolate.name, key, decisions }));
}

function fitsOne(stage: Stage, key: KeyRecord): boolean {
  const { requestsPerMinute, tokensPerMinute, concurrency, hash } = key;
  const counts = [requestsPerMinute, tokensPerMinute, concurrency].map((limit) => limit ?? Infinity);
  const known = stage.books.keys.get(hash);
  if (known === undefined || Math.min(...counts) < 1) return false;
  const periods = stage.books.periodsAt(hash, stage.now().accountMs);
  const rooms = stage.books.roomsOf({ keyHash: hash, scopes: known.sharedScopes, periods });
  return rooms.every(({ freeNano }) => freeNano >= 1n);
}

async function steady(stage: Stage, isolate: Isolate): Promise<void> {
  const [key] = stage.control.keys;
  if (key === undefined) return;
  const decisions: Decision[] = [];
  for (let count = 0; count < STEADY_CALLS; count += 1) {
    call(stage, isolate, key, decisions);
    await stage.wait(STEADY_GAP_MS);
  }
  await stage.wait(ANSWERED_MS);
  const isAsIs = decisions.length === STEADY_CALLS && !decisions.includes("refused");
  const figures = () => ({ isolate: isolate.name, decisions });
  ensure(isAsIs, "liveness", "steady calls without limits are refused", figures);
  ensure(decisions.includes("leased"), "liveness", "an isolate that is used a lot gets no lease any more", figures);
}

function call(stage: Stage, isolate: Isolate, key: KeyRecord | undefined, decisions: Decision[]): void {
  if (key === undefined) return;
  const { world, scenario, statistics } = stage;
  const { random } = isolate;
  const hold = { baseNano: nanoUsd(1n), inputTokens: 1, output: null };
  const command = { ...makeCommand(random, isolate, key.hash, hold), maxCostNano: null, idempotency: null };
  const plan: CallPlan = { command, fate: "completed", durationMs: 1, chunks: 1, part: 1, checkpoints: false };
  const request = new RequestContext();
  isolate.requests.add(request);
  const callStage = { world, statistics, now: () => stage.now(), requestMaxMs: scenario.limits.requestMaxMs };
  currentRequest.run(request, () => {
    world.start(runCall(callStage, isolate, request, plan).then((decision) => decisions.push(decision)));
  });
}
