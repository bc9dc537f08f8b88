/**
 * `npm run bench -- --posting`: receipts per second through `POST /sql`, as Account objects post them: the production
 * client (src/edge-sql), the local Neon endpoint (dev/neon), `post_usage` on a real Postgres. After every round the books
 * are verified, and flushes are sent again, which must change nothing.
 */
import { loadavg } from "node:os";
import type { FlushPayload, UsagePosting } from "#ledger";
import { asOwner } from "../../../dev/database/owner-queries.ts";
import { NOT_DURABLE, type ServerSettings } from "../../postgres/cluster.ts";
import { percentile } from "../statistics.ts";
import { makeDice, makeFlushes, renameFlushes } from "./make-flushes.ts";
import { postFlushes, type Posted } from "./post-flushes.ts";
import { processorTimeSince, readProcessorTime } from "./processor-time.ts";
import { describePosting, writePostingReport, type RoundFigures, type Waits } from "./posting-report.ts";
import type { EndpointTimings } from "./start-endpoint.ts";
import { startStand, type Stand } from "./stand.ts";
import { verifyBooks, type Expected } from "./verify-books.ts";

const ORGANIZATIONS = 64;
const CALLERS = 8;
const ROWS_PER_FLUSH = 100;
const WARM_UP_FLUSHES = 128;
const SEED = 4;

/** How much a round posts. */
export interface PostingPlan {
  readonly rounds: number;
  readonly flushes: number;
  /** How many more are posted by one caller alone. */
  readonly aloneFlushes: number;
  /** Of `flushes`, how many are sent again: as they are, and their receipts in new flushes. */
  readonly repeatedFlushes: number;
}

export const FULL_POSTING = { flushes: 512, aloneFlushes: 64, repeatedFlushes: 256 } as const;
export const QUICK_POSTING = { flushes: 128, aloneFlushes: 32, repeatedFlushes: 64 } as const;

const STANDS: readonly (readonly [string, ServerSettings])[] = [
  ["default durability", {}],
  ["not durable (fsync, synchronous_commit, full_page_writes off)", NOT_DURABLE],
];

export async function measurePosting(plan: PostingPlan): Promise<void> {
  const stands: Stand[] = [];
  for (const [name, settings] of STANDS) stands.push(await startStand(name, settings, ORGANIZATIONS));
  console.log((await describePosting(stands)).join("\n"));
  const dice = makeDice(SEED);
  const sent = new Map<Stand, Expected>();
  const figures = new Map<string, RoundFigures[]>();
  for (const stand of stands) {
    const flushes = makeFlushes(stand.payers, WARM_UP_FLUSHES, ROWS_PER_FLUSH, dice);
    await postFlushes(stand.endpoint.edge, flushes, CALLERS);
    sent.set(stand, add(NOTHING, flushes));
  }
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const stand of stands) {
      const flushes = makeFlushes(stand.payers, plan.flushes, ROWS_PER_FLUSH, dice);
      const alone = makeFlushes(stand.payers, plan.aloneFlushes, ROWS_PER_FLUSH, dice);
      const expected = add(add(sent.get(stand) ?? NOTHING, flushes), alone);
      sent.set(stand, expected);
      const load = (loadavg()[0] ?? 0).toFixed(2);
      const figure = await measureRound(stand, { flushes, alone, repeated: plan.repeatedFlushes, expected });
      figures.set(stand.name, [...(figures.get(stand.name) ?? []), figure]);
      const rate = Math.round(figure.receiptsPerSecond);
      // Round by round, because tables grow: the last must not be much slower than the first.
      process.stderr.write(
        `round ${round} of ${plan.rounds}, ${stand.name}: ${rate} receipts/s, ${expected.receipts} recorded, load ${load}\n`,
      );
    }
  }
  console.log(["", ...writePostingReport(figures)].join("\n"));
  for (const stand of stands) await stand.stop();
}

interface Round {
  readonly flushes: readonly FlushPayload[];
  readonly alone: readonly FlushPayload[];
  /** How many of `flushes` are sent again. */
  readonly repeated: number;
  readonly expected: Expected;
}

async function measureRound(stand: Stand, round: Round): Promise<RoundFigures> {
  const { flushes, alone, expected } = round;
  const { edge, process: endpoint } = stand.endpoint;
  await stand.endpoint.takeTimings();
  const before = readProcessorTime(endpoint, stand.cluster.postmasterId);
  const posted = await postFlushes(edge, flushes, CALLERS);
  const processor = processorTimeSince(before, readProcessorTime(endpoint, stand.cluster.postmasterId));
  const busy = await stand.endpoint.takeTimings();
  const single = await postFlushes(edge, alone, 1);
  mustBe("each flush was new and whole", [...posted.postings, ...single.postings], ({ repeated, inserted }) => {
    return !repeated && inserted === ROWS_PER_FLUSH;
  });
  const aloneWaits = waitsOf(single, await stand.endpoint.takeTimings());
  await mustBalance(stand, expected);
  const again = await postAgain(stand, flushes.slice(0, round.repeated), posted);
  await mustBalance(stand, expected);
  return {
    receiptsPerSecond: perSecond(flushes.length * ROWS_PER_FLUSH, posted),
    flushP50Ms: percentile(posted.latenciesMs, 0.5),
    flushP99Ms: percentile(posted.latenciesMs, 0.99),
    aloneP50Ms: percentile(single.latenciesMs, 0.5),
    aloneP99Ms: percentile(single.latenciesMs, 0.99),
    waits: waitsOf(posted, busy),
    aloneWaits,
    postgresCpuMs: processor.postgresMs / flushes.length,
    endpointCpuMs: processor.endpointMs / flushes.length,
    clientCpuMs: processor.clientMs / flushes.length,
    busyCores: (processor.postgresMs + processor.endpointMs + processor.clientMs) / posted.elapsedMs,
    ...again,
  };
}

/** Where a flush's time went on average, from its caller's beginning to its answer. */
function waitsOf({ latenciesMs }: Posted, timings: EndpointTimings): Waits {
  const { requests, requestMs, sessionMs, statementMs } = timings;
  if (requests !== latenciesMs.length) throw new Error(`the endpoint saw ${requests} of ${latenciesMs.length} flushes`);
  const flushMs = latenciesMs.reduce((sum, latencyMs) => sum + latencyMs, 0);
  return {
    statementMs: statementMs / requests,
    sessionMs: (sessionMs - statementMs) / requests,
    endpointMs: (requestMs - sessionMs) / requests,
    clientMs: (flushMs - requestMs) / requests,
  };
}

/** The same flushes, then their receipts in flushes of other ids: neither may add a row or a debit. */
async function postAgain(stand: Stand, flushes: readonly FlushPayload[], first: Posted) {
  const { edge } = stand.endpoint;
  const repeats = await postFlushes(edge, flushes, CALLERS);
  mustBe("a repeated flush answers what it answered", repeats.postings, (posting, index) => {
    const before = first.postings[index];
    return before !== undefined && isSame({ ...before, repeated: true }, posting);
  });
  const renamed = await postFlushes(edge, renameFlushes(flushes), CALLERS);
  mustBe("receipts in another flush are known", renamed.postings, (posting) => {
    return posting.inserted === 0 && posting.duplicates === ROWS_PER_FLUSH && posting.costNano === 0n;
  });
  return {
    repeatedReceiptsPerSecond: perSecond(flushes.length * ROWS_PER_FLUSH, repeats),
    knownReceiptsPerSecond: perSecond(flushes.length * ROWS_PER_FLUSH, renamed),
  };
}

const perSecond = (receipts: number, posted: Posted): number => (receipts / posted.elapsedMs) * 1000;

function isSame(left: UsagePosting, right: UsagePosting): boolean {
  const text = (posting: UsagePosting) =>
    [
      posting.transactionId,
      posting.inserted,
      posting.duplicates,
      posting.corrected,
      posting.costNano,
      posting.upstreamCostNano,
      posting.repeated,
    ].join();
  return text(left) === text(right);
}

function mustBe(
  what: string,
  postings: readonly UsagePosting[],
  holds: (posting: UsagePosting, index: number) => boolean,
): void {
  const wrong = postings.find((posting, index) => !holds(posting, index));
  if (wrong !== undefined)
    throw new Error(`${what}: not so for ${wrong.transactionId} (${wrong.inserted} new, ${wrong.duplicates} known)`);
}

async function mustBalance(stand: Stand, expected: Expected): Promise<void> {
  const faults = await asOwner(stand.database, (owner) => verifyBooks(owner, expected));
  if (faults.length > 0) throw new Error(`the books are wrong (${stand.name}):\n${faults.join("\n")}`);
}

const NOTHING: Expected = { receipts: 0, costNano: 0n, upstreamCostNano: 0n };

function add(expected: Expected, flushes: readonly FlushPayload[]): Expected {
  let { receipts, costNano, upstreamCostNano } = expected;
  for (const flush of flushes)
    for (const receipt of flush.receipts) {
      receipts += 1;
      costNano += BigInt(receipt.cost_nano);
      upstreamCostNano += BigInt(receipt.upstream_cost_nano);
    }
  return { receipts, costNano, upstreamCostNano };
}
