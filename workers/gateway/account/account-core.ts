import {
  accountBooks,
  accountStatus,
  admit,
  applyEvents,
  authorize,
  checkpoint,
  creditsView,
  controlVersions,
  endedCalls,
  extendHolds,
  keyUsage,
  leaseOnly,
  requeuePoison,
  restoreAccount,
  returnLease,
  settle,
  waitingReceipt,
  type AccountBooks,
  type AccountEvent,
  type AccountState,
  type AccountStatus,
  type AdmissionContext,
  type AdmitCommand,
  type AdmitResult,
  type ApplyResult,
  type AuthorizeCommand,
  type BooksQuestion,
  type ControlVersions,
  type CheckpointCommand,
  type CreditsView,
  type EndedCalls,
  type EndedQuestion,
  type ExtendCommand,
  type ExtendResult,
  type KeyUsage,
  type Lease,
  type LeaseCommand,
  type LedgerPort,
  type ReadResult,
  type ReturnCommand,
  type SettleCommand,
  type SettleResult,
  type WaitingReceipt,
} from "#admission";
import { AppError } from "#kernel";
import { consoleLogger } from "../../http/logger.ts";
import { systemClock, systemRandom } from "../../http/platform.ts";
import { AccountAlarm } from "./account-alarm.ts";
import { readAccountSettings, type AccountSettings } from "./account-settings.ts";
import { AccountStore } from "./account-store.ts";
import { GroupCommit } from "./group-commit.ts";
import { createLedgerPort } from "./ledger-port.ts";
import { runMaintenance } from "./maintenance.ts";

export interface ObjectCounts {
  readonly writes: number;
  readonly rowsWritten: number;
  readonly maintenanceFaults: number;
}

/** Commands in one settle or checkpoint call; the teller sends at most 64. */
const BATCH_MAX = 256;
/** Events in one call of the projector. */
const EVENTS_MAX = 1_000;
/** Entries or ended calls that one question of a reconciliation is about. */
const RECONCILE_ROWS_MAX = 1_000;
/** The wait after maintenance failed in a way it should not, before it runs again. */
const MAINTENANCE_RETRY_MS = 10_000;
const SQLSTATE_CLASS_LENGTH = 2;

/**
 * One organization's account: the authority for its keys, quotas and money, and the durable outbox to the ledger.
 * Everything decided here is decided by `src/admission`; this class stores, serves and wakes it. Its name is
 * `<region>:<locator>`, and it learns which organization it is from the control plane's events.
 */
export class AccountCore {
  readonly #ctx: DurableObjectState;
  readonly #settings: AccountSettings;
  readonly #store: AccountStore;
  readonly #state: AccountState;
  readonly #commits: GroupCommit;
  readonly #alarm: AccountAlarm;
  readonly #ledger: LedgerPort;
  #maintenanceFaults = 0;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    this.#ctx = ctx;
    this.#settings = readAccountSettings(env);
    this.#store = new AccountStore(ctx.storage);
    this.#state = restoreAccount(this.#store.load());
    this.#alarm = new AccountAlarm(ctx.storage, this.#store, this.#state, this.#settings.limits);
    this.#ledger = createLedgerPort(this.#settings);
    this.#commits = new GroupCommit({
      state: this.#state,
      context: () => this.#context(),
      write: (effects) => {
        this.#store.write(effects);
        this.#alarm.afterWrite(effects, systemClock.nowMs());
      },
      abort: (reason) => ctx.abort(reason),
      defer: (turn) => void setTimeout(turn, 0),
    });
  }

  /** The projector's events, in order. Repeating a batch changes nothing. */
  async apply(events: readonly AccountEvent[]): Promise<ApplyResult> {
    assertBatch(events, EVENTS_MAX);
    return await this.#commits.run((state, context) => applyEvents(state, events, context));
  }

  /** Decides one call; an admission is durable before it is answered. */
  async admit(command: AdmitCommand): Promise<AdmitResult> {
    return await this.#commits.run((state, context) => admit(state, command, context));
  }

  async checkpoint(commands: readonly CheckpointCommand[]): Promise<void> {
    assertBatch(commands, BATCH_MAX);
    await this.#commits.run((state, context) => checkpoint(state, commands, context));
  }

  /** A lease ahead of the calls that it is for; null when there is none to give. */
  async lease(command: LeaseCommand): Promise<Lease | null> {
    return await this.#commits.run((state, context) => leaseOnly(state, command, context));
  }

  /** Ends a lease; its running calls become holds. */
  async returnLease(command: ReturnCommand): Promise<void> {
    assertBatch(command.calls, BATCH_MAX);
    await this.#commits.run((state, context) => returnLease(state, command, context));
  }

  /** Holds more for running calls; one result per command in order. */
  async extend(commands: readonly ExtendCommand[]): Promise<readonly ExtendResult[]> {
    assertBatch(commands, BATCH_MAX);
    return await this.#commits.run((state, context) => extendHolds(state, commands, context));
  }

  /** Ends calls; one result per command in order, acknowledged when durable. */
  async settle(commands: readonly SettleCommand[]): Promise<readonly SettleResult[]> {
    assertBatch(commands, BATCH_MAX);
    return await this.#commits.run((state, context) => settle(state, commands, context));
  }

  /** The key check of a route that reads, with nothing else. */
  authorize(command: AuthorizeCommand): ReadResult<null> {
    return authorize(this.#state, command, this.#context(), () => null);
  }

  /** `GET /v1/key`: check and answer in one hop. */
  keyState(command: AuthorizeCommand): ReadResult<KeyUsage> {
    const context = this.#context();
    return authorize(this.#state, command, context, (key) => keyUsage(this.#state, key, context.nowMs));
  }

  /** `GET /v1/credits`: the wallet, and how far the ledger is behind it. */
  credits(command: AuthorizeCommand): ReadResult<CreditsView & { readonly settlementLagMs: number }> {
    const context = this.#context();
    return authorize(this.#state, command, context, () => {
      const { settlementLagMs } = accountStatus(this.#state, context);
      return { ...creditsView(this.#state), settlementLagMs };
    });
  }

  /** What of a receipt of this organization the ledger has not confirmed yet. */
  findReceipt(command: AuthorizeCommand, id: string): ReadResult<WaitingReceipt> {
    return authorize(this.#state, command, this.#context(), () => waitingReceipt(this.#store, id));
  }

  /**
   * For operators and metrics. Since the object was loaded: transactions (`writes`), the rows that they wrote, and
   * failures of maintenance.
   */
  status(): AccountStatus & ObjectCounts {
    const { writes, rowsWritten } = this.#store;
    return {
      ...accountStatus(this.#state, this.#context()),
      writes,
      rowsWritten,
      maintenanceFaults: this.#maintenanceFaults,
    };
  }

  /** For reconciliation: the account's own books at this instant. */
  reconcile(question: BooksQuestion): AccountBooks {
    assertBatch(question.entryIds, RECONCILE_ROWS_MAX);
    return accountBooks(this.#state, question, this.#context());
  }

  /** For reconciliation: what the control plane has told it. */
  controlVersions(): ControlVersions {
    return controlVersions(this.#state);
  }

  /** For reconciliation: what each ended call that is remembered was charged. */
  endedCalls(question: EndedQuestion): EndedCalls {
    if ("ids" in question) assertBatch(question.ids, RECONCILE_ROWS_MAX);
    else if (question.limit > RECONCILE_ROWS_MAX) throw new AppError("internal_error");
    return endedCalls(this.#store, question);
  }

  /** Sends set-aside rows again, after an operator fixed what the ledger refused. Returns how many wait again. */
  async retryPoison(): Promise<number> {
    return await this.#commits.run((state, context) => requeuePoison(state, context));
  }

  /**
   * Sweeps, flushes and prunes, and sets the next alarm. Maintenance runs only here: an alarm that dies with its object is
   * repeated by the platform, so that holding the next one back until the end loses nothing.
   */
  async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      await this.#maintain();
    } catch (error) {
      const reason = error instanceof Error ? error.name : "unknown";
      consoleLogger("error", { message: `account_maintenance_failed_${reason}`, ...this.#logFields() });
      // The platform gives up on an alarm that keeps failing; ours comes back until it succeeds, and is counted.
      this.#maintenanceFaults += 1;
      await this.#ctx.storage.setAlarm(systemClock.nowMs() + MAINTENANCE_RETRY_MS);
    }
  }

  async #maintain(): Promise<void> {
    this.#alarm.hold();
    const { outboxSetAside } = this.#state;
    let sqlstate = "";
    const ledger: LedgerPort = {
      postUsage: async (flush) => {
        const result = await this.#ledger.postUsage(flush);
        if (!result.ok && result.reason === "poison") ({ sqlstate } = result);
        return result;
      },
    };
    try {
      await runMaintenance({
        commits: this.#commits,
        ledger,
        startsPrune: (nowMs) => this.#alarm.startsPrune(nowMs),
        oldestEndedMs: () => this.#store.oldestEndedMs(),
        clock: systemClock,
        limits: this.#settings.limits,
      });
    } finally {
      this.#alarm.release(systemClock.nowMs());
      const added = this.#state.outboxSetAside - outboxSetAside;
      if (added > 0) {
        consoleLogger("error", {
          // The class alone (22, 23 or PR): it tells bad data from a constraint from a refusal of ours.
          message: `ledger_rows_set_aside_${sqlstate.slice(0, SQLSTATE_CLASS_LENGTH)}`,
          failed: added,
          set_aside: this.#state.outboxSetAside,
          ...this.#logFields(),
        });
      }
    }
  }

  #logFields(): { readonly org_id?: string } {
    const { organization } = this.#state;
    return organization === null ? {} : { org_id: organization.id };
  }

  #context(): AdmissionContext {
    return { nowMs: systemClock.nowMs(), random: systemRandom, rows: this.#store, limits: this.#settings.limits };
  }
}

function assertBatch(items: readonly unknown[], maximum: number): void {
  if (items.length > maximum) throw new AppError("internal_error");
}
