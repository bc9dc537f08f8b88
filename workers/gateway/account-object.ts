import { DurableObject } from "cloudflare:workers";
import type {
  AccountBooks,
  AccountEvent,
  AccountStatus,
  AdmitCommand,
  AdmitResult,
  ApplyResult,
  AuthorizeCommand,
  BooksQuestion,
  ControlVersions,
  CheckpointCommand,
  CreditsView,
  EndedCalls,
  EndedQuestion,
  ExtendCommand,
  ExtendResult,
  KeyUsage,
  Lease,
  LeaseCommand,
  ReadResult,
  ReturnCommand,
  SettleCommand,
  SettleResult,
  WaitingReceipt,
} from "#admission";
import { AppError } from "#kernel";
import type { AccountCore, ObjectCounts } from "./account/account-core.ts";

/**
 * One organization's account as the platform calls it. What it does is `AccountCore`, which is loaded where an object
 * lives and not by every isolate of the gateway (docs/decisions/0004). Its name is `<region>:<locator>`.
 */
export class Account extends DurableObject<GatewayEnv> {
  #core: AccountCore | null = null;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    // Nothing reaches the object before this has ended; where it fails the platform throws the object away, and its callers fail closed.
    void ctx.blockConcurrencyWhile(async () => {
      const { AccountCore } = await import("./account/account-core.ts");
      this.#core = new AccountCore(ctx, env);
    });
  }

  async apply(events: readonly AccountEvent[]): Promise<ApplyResult> {
    return await this.#loaded().apply(events);
  }

  async admit(command: AdmitCommand): Promise<AdmitResult> {
    return await this.#loaded().admit(command);
  }

  async checkpoint(commands: readonly CheckpointCommand[]): Promise<void> {
    await this.#loaded().checkpoint(commands);
  }

  async lease(command: LeaseCommand): Promise<Lease | null> {
    return await this.#loaded().lease(command);
  }

  async returnLease(command: ReturnCommand): Promise<void> {
    await this.#loaded().returnLease(command);
  }

  async extend(commands: readonly ExtendCommand[]): Promise<readonly ExtendResult[]> {
    return await this.#loaded().extend(commands);
  }

  async settle(commands: readonly SettleCommand[]): Promise<readonly SettleResult[]> {
    return await this.#loaded().settle(commands);
  }

  authorize(command: AuthorizeCommand): ReadResult<null> {
    return this.#loaded().authorize(command);
  }

  keyState(command: AuthorizeCommand): ReadResult<KeyUsage> {
    return this.#loaded().keyState(command);
  }

  credits(command: AuthorizeCommand): ReadResult<CreditsView & { readonly settlementLagMs: number }> {
    return this.#loaded().credits(command);
  }

  findReceipt(command: AuthorizeCommand, id: string): ReadResult<WaitingReceipt> {
    return this.#loaded().findReceipt(command, id);
  }

  status(): AccountStatus & ObjectCounts {
    return this.#loaded().status();
  }

  reconcile(question: BooksQuestion): AccountBooks {
    return this.#loaded().reconcile(question);
  }

  controlVersions(): ControlVersions {
    return this.#loaded().controlVersions();
  }

  endedCalls(question: EndedQuestion): EndedCalls {
    return this.#loaded().endedCalls(question);
  }

  async retryPoison(): Promise<number> {
    return await this.#loaded().retryPoison();
  }

  override async alarm(): Promise<void> {
    await this.#loaded().alarm();
  }

  #loaded(): AccountCore {
    if (this.#core === null) throw new AppError("account_unavailable");
    return this.#core;
  }
}
