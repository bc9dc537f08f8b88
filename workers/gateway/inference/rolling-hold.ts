import type { ExtendResult, Refusal, Teller } from "#admission";
import { nanoUsd, ZERO_NANO, type NanoUsd } from "#kernel";
import type { Timer } from "#providers";
import type { AnswerSummary, Gate, RawUsage } from "#wire";
import { costOfTokens, tokensWithin, type TokenCost } from "./token-cost.ts";

/** More is asked for when so much of what is held may be used, of `ASK_PARTS`. */
const ASK_AT = 3;
const ASK_PARTS = 4;
/** Each extension is twice the one before, up to this: a stream of 100,000 tokens asks about ten times. */
const STEP_TOKENS_MAX = 16_384;
/** How long a stream stands still because only leases, which end in seconds, keep back what it needs. */
const PARKED_WAIT_MAX_MS = 10_000;
const PARKED_WAIT_MIN_MS = 250;
/** An account that says neither yes nor why not: nothing may be delivered on its word. */
const SILENCE: Refusal = { code: "internal_error", params: {}, retryAfterMs: null, limits: null };

export interface RollingHoldOptions {
  readonly id: string;
  readonly teller: Pick<Teller, "extend">;
  readonly timer: Timer;
  /** At admission. */
  readonly heldNano: NanoUsd;
  /** Of the endpoint that answers. */
  readonly cost: TokenCost;
  /** What was held of output at first, all choices together. */
  readonly sliceTokens: number;
  /** All that the provider may say, all choices together: nothing is held beyond it. */
  readonly maximumTokens: number;
  /** What an answer that broke off here would be charged. */
  readonly costSoFar: (summary: AnswerSummary) => NanoUsd;
}

/**
 * What is held for one stream whose output is all seen. It grows ahead of need, judged by an upper bound of the tokens
 * that were handed on; and as a gate it lets no event pass after which the estimate would cost more than is held.
 * Source: design MONEY section 2, docs/decisions/0006-rolling-holds.md.
 */
export class RollingHold implements Gate {
  freeTokens = 0;
  readonly #options: RollingHoldOptions;
  #heldNano: NanoUsd;
  /** Tokens, by their bound, at which more is asked for; Infinity: not ahead of need. */
  #askAtTokens = Infinity;
  #stepTokens: number;
  #asking: Promise<void> | null = null;
  /** Of the last answer, where it was less than asked for. */
  #shortage: Refusal | null = null;
  #isOpen = false;
  #isOver = false;
  #endWait: (() => void) | null = null;
  /** Nothing more will be asked for. */
  #refusal: Refusal | null = null;
  /** What the event costs that was not let pass. */
  #neededNano: NanoUsd = ZERO_NANO;
  /** Estimated tokens up to which the estimate is known to cost no more than is held, with this usage. */
  #sureTokens = -1;
  #sureUsage: RawUsage | null = null;

  constructor(options: RollingHoldOptions) {
    this.#options = options;
    this.#heldNano = options.heldNano;
    this.#stepTokens = options.sliceTokens;
    this.#look();
  }

  get heldNano(): NanoUsd {
    return this.#heldNano;
  }

  /** Why the answer must end; null while it need not. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  admits(summary: AnswerSummary): boolean {
    const { outputTokens, reasoningTokens, events, textBytes, toolBytes } = summary.delivered;
    const tokens = Math.min(Math.max(outputTokens + reasoningTokens, events), textBytes + toolBytes);
    // Reasoning may have a price of its own, and its share of an estimate shifts.
    const isSure = summary.usage === this.#sureUsage && reasoningTokens === 0;
    if (isSure && tokens <= this.#sureTokens) return true;
    const costNano = this.#options.costSoFar(summary);
    if (costNano > this.#heldNano) {
      this.#neededNano = costNano;
      return false;
    }
    const { price, feePerMillion } = this.#options.cost;
    const leftNano = nanoUsd(this.#heldNano - costNano);
    this.#sureTokens = tokens + tokensWithin({ baseNano: ZERO_NANO, price, feePerMillion }, leftNano);
    this.#sureUsage = summary.usage;
    return true;
  }

  /** So many tokens were handed on at most: asks for more in the background where that comes near to what is held. */
  note(tokensAtMost: number): void {
    if (tokensAtMost < this.#askAtTokens || this.#asking !== null) return;
    const { cost, maximumTokens } = this.#options;
    const covered = Math.max(tokensWithin(cost, this.#heldNano), tokensAtMost);
    const toNano = costOfTokens(cost, Math.min(maximumTokens, covered + this.#stepTokens));
    // Tokens may cost less than the least amount: then there is nothing to ask for.
    if (toNano <= this.#heldNano) return;
    this.#stepTokens = Math.min(STEP_TOKENS_MAX, this.#stepTokens * 2);
    // Bounded by the teller, which never rejects; whoever needs its answer waits for it.
    void this.#ask(toNano);
  }

  /** The gate stands: resolves with whether it is worth another try. False: nothing more is given, and `refusal` says why. */
  async more(): Promise<boolean> {
    const beforeNano = this.#heldNano;
    if (this.#asking !== null) {
      await this.#asking;
      if (this.#heldNano > beforeNano) return true;
    }
    if (this.#refusal !== null) return false;
    for (let waitedMs = 0; ;) {
      await this.#ask(this.#enoughNano());
      const isMore = this.#heldNano > beforeNano;
      const shortage = this.#shortage ?? (isMore ? null : SILENCE);
      if (shortage === null) return true;
      const waitMs = Math.max(PARKED_WAIT_MIN_MS, shortage.retryAfterMs ?? 0);
      if (shortage.isParked !== true || waitedMs + waitMs > PARKED_WAIT_MAX_MS) {
        this.#refusal = shortage;
        return isMore;
      }
      waitedMs += waitMs;
      await this.#wait(waitMs);
      if (this.#isOver) return false;
    }
  }

  /** The answer ends: nobody waits for more any more. */
  halt(): void {
    this.#isOver = true;
    this.#endWait?.();
  }

  /** Nobody is given anything any more: what comes is only counted. */
  open(): void {
    this.halt();
    this.#isOpen = true;
    this.freeTokens = Infinity;
  }

  /**
   * The call came to this: holds it, as far as it could come to that within its output maximum. The most that it may cost;
   * null where it is held, or is a provider's overrun, which is posted as it is.
   */
  async cover(costNano: NanoUsd): Promise<NanoUsd | null> {
    if (costNano > this.#heldNano && this.#asking !== null) await this.#asking;
    if (costNano > this.#heldNano && this.#refusal === null) {
      const { cost, maximumTokens } = this.#options;
      const mostNano = costOfTokens(cost, maximumTokens);
      const toNano = mostNano < costNano ? mostNano : costNano;
      this.#shortage = null;
      if (toNano > this.#heldNano) await this.#ask(toNano);
      this.#refusal = this.#shortage;
    }
    return this.#refusal === null ? null : this.#heldNano;
  }

  /** What lets the waiting event pass, and a slice after it. */
  #enoughNano(): NanoUsd {
    const { cost, sliceTokens, maximumTokens } = this.#options;
    const { price, feePerMillion } = cost;
    const sliceNano = costOfTokens({ baseNano: ZERO_NANO, price, feePerMillion }, sliceTokens);
    const mostNano = costOfTokens(cost, maximumTokens);
    const wantedNano = nanoUsd(this.#neededNano + sliceNano);
    const boundedNano = wantedNano < mostNano ? wantedNano : mostNano;
    return boundedNano > this.#neededNano ? boundedNano : this.#neededNano;
  }

  #ask(toNano: NanoUsd): Promise<void> {
    const { teller, id } = this.#options;
    const asking = teller.extend({ id, toNano }).then((result) => this.#hear(result));
    this.#asking = asking;
    return asking;
  }

  #hear({ heldNano, refusal }: ExtendResult): void {
    this.#asking = null;
    if (heldNano > this.#heldNano) this.#heldNano = heldNano;
    this.#shortage = refusal;
    this.#look();
  }

  /** Works out what is held in tokens. Where it is all that there is, nothing more is asked for ahead of need. */
  #look(): void {
    const { cost, maximumTokens } = this.#options;
    const covered = tokensWithin(cost, this.#heldNano);
    const isWhole = covered >= maximumTokens;
    this.freeTokens = isWhole || this.#isOpen ? Infinity : covered;
    this.#askAtTokens = isWhole || this.#shortage !== null ? Infinity : Math.floor((covered * ASK_AT) / ASK_PARTS);
  }

  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stopTimer = this.#options.timer.start(() => resolve(undefined), ms);
    this.#endWait = () => resolve(undefined);
    await promise;
    stopTimer();
    this.#endWait = null;
  }
}
