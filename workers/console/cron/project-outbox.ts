import type { AccountEvent, ApplyRefusal } from "#admission";
import {
  countOutbox,
  decodeAccountEvent,
  markEventsApplied,
  markEventsFailed,
  readPendingEvents,
  type Database,
  type PendingOrganization,
} from "#store";

/** The object was reached and refused the batch; it applied nothing. `reason` is for operators. */
export class ApplyRefused extends Error {
  readonly reason: ApplyRefusal;

  constructor(reason: ApplyRefusal) {
    super(`the account refused events: ${reason}`);
    this.name = "ApplyRefused";
    this.reason = reason;
  }
}

/**
 * Tells one organization's Account object what changed; repeating changes nothing. Throws ApplyRefused when it refused,
 * anything else when it was not reached.
 */
export type ApplyEvents = (
  account: Pick<PendingOrganization, "region" | "locator">,
  events: readonly AccountEvent[],
) => Promise<void>;

export interface ProjectorReport {
  readonly applied: number;
  /** Events that will be tried again. */
  readonly failed: number;
  /** After this run: events that wait, and events that were given up and want a hand. */
  readonly waiting: number;
  readonly setAside: number;
}

/** One pass reads at most this much; a run makes at most `PASSES_MAX` passes, the cron does the rest a minute later. */
const ORGANIZATIONS_PER_PASS = 32;
const EVENTS_PER_ORGANIZATION = 100;
const PASSES_MAX = 10;
/** Calls to Account objects at once; workerd allows six open connections per request. */
const PARALLEL_CALLS = 6;
const RETRY_BASE_MS = 2_000;
const RETRY_MAX_MS = 900_000;
const DOUBLINGS_MAX = 20;
const ALONE_AFTER_TRIES = 3;

/**
 * Brings what the control plane changed to the Account objects: oldest first per organization, organizations side by
 * side, so that one that cannot be reached holds up no other. Idempotent: an object ignores what it knows, and a run
 * that dies before marking its rows is simply repeated.
 */
export async function projectOutbox(db: Database, apply: ApplyEvents): Promise<ProjectorReport> {
  let applied = 0;
  let failed = 0;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const pending = await readPendingEvents(db, {
      organizations: ORGANIZATIONS_PER_PASS,
      eventsEach: EVENTS_PER_ORGANIZATION,
    });
    if (pending.length === 0) break;
    for (let start = 0; start < pending.length; start += PARALLEL_CALLS) {
      const group = pending.slice(start, start + PARALLEL_CALLS);
      const results = await Promise.all(group.map((account) => projectOne(db, apply, account)));
      for (const result of results) {
        applied += result.applied;
        failed += result.failed;
      }
    }
  }
  return { applied, failed, ...(await countOutbox(db)) };
}

interface DecodedEvent {
  readonly seq: bigint;
  readonly tries: number;
  readonly event: AccountEvent;
}

async function projectOne(db: Database, apply: ApplyEvents, account: PendingOrganization) {
  const events: DecodedEvent[] = [];
  const total = { applied: 0, failed: 0 };
  for (const { seq, tries, payload } of account.events) {
    const event = decodeAccountEvent(payload);
    if (event !== null) {
      events.push({ seq, tries, event });
      continue;
    }
    // A database that is ahead of this Worker writes what a later deploy will know: it waits, and the others go on.
    await markEventsFailed(db, {
      seqs: [seq],
      code: "invalid_payload",
      tries: tries + 1,
      waitMs: retryWaitMs(tries + 1),
    });
    total.failed += 1;
  }
  for (const batch of batchesOf(events)) {
    const done = await applyBatch(db, apply, account, batch);
    total[done ? "applied" : "failed"] += batch.length;
  }
  return total;
}

/** Together at first. Events that failed together often go one by one, so that one bad event holds up no other. */
function batchesOf(events: readonly DecodedEvent[]): readonly (readonly DecodedEvent[])[] {
  const together = events.filter((event) => event.tries < ALONE_AFTER_TRIES);
  const alone = events.filter((event) => event.tries >= ALONE_AFTER_TRIES).map((event) => [event]);
  return together.length > 0 ? [together, ...alone] : alone;
}

async function applyBatch(
  db: Database,
  apply: ApplyEvents,
  account: PendingOrganization,
  batch: readonly DecodedEvent[],
): Promise<boolean> {
  const seqs = batch.map((item) => item.seq);
  try {
    await apply(
      account,
      batch.map((item) => item.event),
    );
  } catch (error) {
    const code = error instanceof ApplyRefused ? error.reason : "account_unavailable";
    const tries = Math.max(...batch.map((item) => item.tries)) + 1;
    await markEventsFailed(db, { seqs, code, tries, waitMs: retryWaitMs(tries) });
    return false;
  }
  await markEventsApplied(db, seqs);
  return true;
}

/** 2 s, 4 s, 8 s … up to a quarter of an hour. */
export function retryWaitMs(tries: number): number {
  return Math.min(RETRY_BASE_MS * 2 ** Math.min(tries - 1, DOUBLINGS_MAX), RETRY_MAX_MS);
}
