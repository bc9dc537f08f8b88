import type { Admission, ExtendResult } from "#admission";
import { nanoUsd, type ReceiptEnd, type ReceiptMeasure } from "#kernel";
import type { World } from "../engine/world.ts";
import { costAt, feeOf, isOwnKeyOnly, isRolling } from "../model/prices.ts";
import type { Instant, TrueCall } from "../model/true-records.ts";
import type { CallPlan } from "./call-plan.ts";
import type { Isolate } from "./isolate.ts";
import type { RequestContext } from "./request-context.ts";
import type { Statistics } from "./statistics.ts";

export interface CallStage {
  readonly world: World;
  readonly now: () => Instant;
  readonly statistics: Statistics;
  readonly requestMaxMs: number;
}

/** One request of a caller, from its admission to its settle, as the gateway would run it. Answers how it was decided. */
export async function runCall(
  stage: CallStage,
  isolate: Isolate,
  request: RequestContext,
  plan: CallPlan,
): Promise<"leased" | "strict" | "refused"> {
  const { world, statistics } = stage;
  const { command } = plan;
  const result = await isolate.teller.admit(command, (work) => world.start(work));
  if (!request.isAlive) return "refused";
  statistics.count("calls");
  if (!result.ok) {
    world.note(isolate.name, "refuses", command.draft.id, result.refusal.code);
    statistics.count(`refused: ${result.refusal.code}`);
    return "refused";
  }
  const { call, isLeased } = isolate.observer.admitted(command, result, stage.now());
  world.note(isolate.name, isLeased ? "admits" : "is let admit", command.draft.id, {
    held: call.heldNano,
    tokens: call.boundTokens,
    lease: call.lease?.id,
  });
  statistics.count(isLeased ? "admitted by a lease" : "admitted by the account");
  request.call = call;
  await new CallRun(stage, isolate, request, plan, result.admission, call).run();
  return isLeased ? "leased" : "strict";
}

/** A call under way. */
class CallRun {
  readonly #stage: CallStage;
  readonly #isolate: Isolate;
  readonly #request: RequestContext;
  readonly #plan: CallPlan;
  readonly #call: TrueCall;
  readonly #feePerMillion: bigint | null;
  readonly #granted: number;
  /** Output per choice that came. */
  #delivered = 0;
  /** Output per choice that is held, and what that is. */
  #heldTokens: number;
  #heldNano: bigint;
  #isExtending = false;
  #isCut = false;

  constructor(
    stage: CallStage,
    isolate: Isolate,
    request: RequestContext,
    plan: CallPlan,
    admission: Admission,
    call: TrueCall,
  ) {
    this.#stage = stage;
    this.#isolate = isolate;
    this.#request = request;
    this.#plan = plan;
    this.#call = call;
    this.#feePerMillion = feeOf(plan.command, isOwnKeyOnly(admission.byok));
    this.#granted = admission.outputTokens ?? 0;
    this.#heldTokens = Math.min(this.#granted, plan.command.hold.output?.slice ?? this.#granted);
    this.#heldNano = admission.heldNano;
  }

  async run(): Promise<void> {
    const { chunks, durationMs, part, fate, checkpoints } = this.#plan;
    const total = Math.floor(this.#granted * part);
    for (let chunk = 1; chunk <= chunks && !this.#isCut; chunk += 1) {
      await this.#wait(Math.ceil(durationMs / chunks));
      this.#deliver(Math.floor((total * chunk) / chunks));
      if (checkpoints && chunk < chunks) this.#checkpoint();
    }
    if (fate === "vanished") {
      this.#call.isOrphan = true;
      this.#stage.statistics.count("calls that nobody settled");
      return;
    }
    await this.#settle();
  }

  #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#isolate.schedule(() => resolve(undefined), ms);
    return promise;
  }

  /** Output comes, never more of it than is held; more is asked for before that is used up. */
  #deliver(upTo: number): void {
    const { output } = this.#plan.command.hold;
    this.#delivered = Math.max(this.#delivered, Math.min(upTo, this.#heldTokens));
    if (output === null || !isRolling(output) || this.#isExtending || this.#heldTokens >= this.#granted) return;
    const isAhead = this.#delivered * 4 < this.#heldTokens * 3;
    if (!isAhead) this.#stage.world.start(this.#extend(output.slice ?? 0));
  }

  async #extend(slice: number): Promise<void> {
    const { world, statistics } = this.#stage;
    const { draft, hold } = this.#plan.command;
    const tokens = Math.min(this.#granted, this.#heldTokens + slice);
    const toNano = costAt(hold, this.#feePerMillion, tokens);
    this.#isExtending = true;
    const command = { id: draft.id, toNano: nanoUsd(toNano) };
    const result = await this.#isolate.teller.extend(command);
    this.#isExtending = false;
    if (!this.#request.isAlive || this.#call.endedMs > 0) return;
    const wasUntold = this.#call.state === "untold";
    this.#isolate.observer.extended(this.#call, command, result);
    world.note(this.#isolate.name, "extends", draft.id, {
      toNano,
      held: result.heldNano,
      refusal: result.refusal?.code,
    });
    statistics.count(nameOf(result, wasUntold));
    if (result.heldNano > this.#heldNano) this.#heldNano = result.heldNano;
    if (result.refusal === null) this.#heldTokens = tokens;
    else this.#isCut = true;
  }

  #checkpoint(): void {
    const { kind, provider, endpoint, units, cost_nano, upstream_cost_nano, attempts } = this.#end();
    const measure: ReceiptMeasure = { kind, provider, endpoint, units, cost_nano, upstream_cost_nano, attempts };
    this.#stage.world.start(this.#isolate.teller.checkpoint({ id: this.#call.draft.id, measure }));
  }

  async #settle(): Promise<void> {
    const { world, statistics } = this.#stage;
    const { id } = this.#call.draft;
    const end = this.#end();
    const capNano = this.#isCut ? nanoUsd(this.#heldNano) : null;
    const settlement = await this.#isolate.teller.settle({ id, end, ...(capNano === null ? {} : { capNano }) });
    if (!this.#request.isAlive) return;
    world.note(this.#isolate.name, "settles", id, { cost: end.cost_nano, cap: capNano, settlement });
    statistics.count(`settlement: ${settlement}`);
    this.#isolate.observer.settled(this.#call, settlement);
    this.#request.call = null;
  }

  #end(): ReceiptEnd {
    const { fate, command } = this.#plan;
    const { hold } = command;
    const choices = hold.output?.choices ?? 1;
    // A stream that is cut has metered a little more than was held.
    const seen = this.#delivered + (this.#isCut ? 3 : 0);
    const usedNano = fate === "failed" ? 0n : costAt(hold, this.#feePerMillion, seen);
    const costNano = fate === "overrun" ? this.#heldNano + usedNano : usedNano;
    const output = seen * choices + (fate === "overrun" ? this.#call.boundTokens : 0);
    return {
      provider: "openai",
      endpoint: "openai/gpt-test",
      kind: "measured",
      units: fate === "failed" ? {} : { input: hold.inputTokens, output },
      cost_nano: costNano.toString(),
      upstream_cost_nano: (costNano / 2n).toString(),
      attempts: [],
      outcome: fate === "failed" || fate === "aborted" ? fate : "completed",
      status: fate === "failed" ? 502 : 200,
      error_code: fate === "failed" ? "upstream_error" : null,
      first_byte_ms: null,
      duration_ms: this.#plan.durationMs,
      flags: [],
    };
  }
}

function nameOf({ refusal }: ExtendResult, wasUntold: boolean): string {
  if (refusal !== null) return `extension refused: ${refusal.code}`;
  return wasUntold ? "extended by the lease" : "extended by the account";
}
