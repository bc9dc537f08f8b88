import type {
  AccountEvent,
  ApplyResult,
  BudgetPeriod,
  CreditEvent,
  KeyRecord,
  OrganizationRecord,
  OwnKeyMode,
} from "#admission";
import { nanoUsd, newId } from "#kernel";
import type { SeededRandom } from "../engine/seeded-random.ts";
import type { World } from "../engine/world.ts";
import { PROVIDER } from "../model/prices.ts";
import type { KeyPlan, Scenario } from "../scenario.ts";
import type { Network } from "./network.ts";

const RETRY_MS = [100, 4_000] as const;
const ANSWER_MS = 5_000;
/** Of all batches, those that carry something that was told before. */
const REPEATED_PART = 0.2;
const KNOWN_EVENTS = 50;
/** What was shut or made strict is opened again, so that there is something to try. */
const SHUT_MEAN_MS = 4_000;

type Change =
  | "adjustment"
  | "promotion"
  | "budget"
  | "credit"
  | "limits"
  | "status"
  | "strict"
  | "organization"
  | "ownKey"
  | "revoke"
  | "takeBack";
/** As often as they stand here. */
const CHANGES: readonly [Change, ...Change[]] = [
  "credit",
  "credit",
  "promotion",
  "adjustment",
  "budget",
  "limits",
  "limits",
  "status",
  "strict",
  "organization",
  "ownKey",
  "revoke",
  "takeBack",
];

export interface ControlPlaneOptions {
  readonly world: World;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly scenario: Scenario;
  readonly apply: (events: readonly AccountEvent[]) => Promise<ApplyResult>;
}

/** The console's side: it changes keys, limits and credit, and its projector tells the account, in any order, at least once. */
export class ControlPlane {
  /** By the place of their plan: a revoked key is followed by a new one. */
  readonly keys: KeyRecord[] = [];
  organization: OrganizationRecord;
  readonly #options: ControlPlaneOptions;
  readonly #told: AccountEvent[] = [];
  #versions = 0;
  #waiting = 0;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { random, world, scenario } = options;
    const id = newId("organization", { nowMs: () => world.nowMs }, random.bytes);
    const { strictOrganization: strict, timeZone } = scenario;
    this.organization = { id, status: "active", strict, timeZone };
  }

  /** Events on their way. */
  get waiting(): number {
    return this.#waiting;
  }

  /** All that the account must know before anybody calls. */
  begin(): void {
    const { scenario } = this.#options;
    this.#setOrganization(this.organization);
    for (const plan of scenario.keys) {
      const key = this.#makeKey(plan);
      this.keys.push(key);
      this.#tell({ type: "key", version: this.#nextVersion(), key });
    }
    for (const { scope, period, limitNano } of scenario.scopeBudgets) this.#setBudget(scope, [{ period, limitNano }]);
    this.credit(BigInt(scenario.creditNano));
  }

  credit(nano: bigint, lot: Pick<CreditEvent, "priority" | "expiresAtMs"> = {}): void {
    const entryId = newId("credit", { nowMs: () => this.#options.world.nowMs }, this.#options.random.bytes);
    this.#tell({ type: "credit", entryId, amountNano: nanoUsd(nano), ...lot });
  }

  /** Says something at random. */
  change(): void {
    const { random, scenario } = this.#options;
    const change = random.pick(CHANGES);
    if (change === "credit") this.credit(BigInt(random.magnitude(100, scenario.creditNano)));
    else if (change === "takeBack") this.credit(-BigInt(random.magnitude(10, Math.ceil(scenario.creditNano / 4))));
    else if (change === "adjustment") this.#adjust(random);
    else if (change === "promotion") this.#promote(random);
    else if (change === "budget") this.#changeBudget(random);
    else if (change === "organization") this.#changeOrganization(random);
    else if (change === "ownKey") this.#changeOwnKey(random);
    else this.#changeKey(change, random.between(0, this.keys.length - 1), random);
  }

  /** Opens whatever is shut, and lifts every limit where `lift` says so. */
  open(lift: boolean): void {
    this.#setOrganization({ ...this.organization, status: "active", strict: false });
    if (lift) for (const { scope } of this.#options.scenario.scopeBudgets) this.#setBudget(scope, []);
    for (const [place, key] of this.keys.entries()) {
      const opened = { ...key, status: "active", strict: false, expiresAtMs: null } as const;
      this.setKey(
        place,
        lift ? { ...opened, requestsPerMinute: null, tokensPerMinute: null, concurrency: null, budget: null } : opened,
      );
    }
  }

  setKey(place: number, key: KeyRecord): void {
    this.keys[place] = key;
    this.#tell({ type: "key", version: this.#nextVersion(), key });
  }

  /** Credit that goes before what was paid, and does not last. */
  #promote(random: SeededRandom): void {
    const { world, scenario } = this.#options;
    const expiresAtMs = world.nowMs + random.magnitude(2_000, 300_000);
    this.credit(BigInt(random.magnitude(100, scenario.creditNano)), {
      priority: random.pick([5, 10, 20]),
      expiresAtMs,
    });
  }

  /** What an operator puts right after a reconciliation, either way. */
  #adjust(random: SeededRandom): void {
    const { world } = this.#options;
    const entryId = newId("credit", { nowMs: () => world.nowMs }, random.bytes);
    const amountNano = nanoUsd(BigInt(random.between(-500, 500)));
    this.#tell({ type: "adjustment", entryId, amountNano });
  }

  #changeBudget(random: SeededRandom): void {
    const budget = random.pickOrNull(this.#options.scenario.scopeBudgets);
    if (budget === null) return;
    const limitNano = Math.round((budget.limitNano * random.magnitude(25, 400)) / 100);
    this.#setBudget(budget.scope, random.chance(0.2) ? [] : [{ period: budget.period, limitNano }]);
  }

  #setBudget(scope: string, limits: readonly { readonly period: BudgetPeriod; readonly limitNano: number }[]): void {
    const inNano = limits.map(({ period, limitNano }) => ({ period, limitNano: nanoUsd(BigInt(limitNano)) }));
    this.#tell({ type: "budget", version: this.#nextVersion(), scope, limits: inNano });
  }

  #changeOrganization(random: SeededRandom): void {
    const usual = { ...this.organization, status: "active" } as const;
    this.#setOrganization(random.chance(0.5) ? { ...usual, status: "suspended" } : { ...usual, strict: true });
    this.#options.world.after(random.gapMs(SHUT_MEAN_MS), () => {
      this.#setOrganization({ ...usual, strict: this.#options.scenario.strictOrganization });
    });
  }

  #setOrganization(organization: OrganizationRecord): void {
    this.organization = organization;
    this.#tell({ type: "organization", version: this.#nextVersion(), organization });
  }

  #changeOwnKey(random: SeededRandom): void {
    const mode = random.pick<OwnKeyMode | null>(["first", "only", null]);
    const key = mode === null ? null : { sealed: "sealed", keyVersion: "k1", mode };
    this.#tell({ type: "provider_key", version: this.#nextVersion(), provider: PROVIDER, key });
  }

  #changeKey(change: Change, place: number, random: SeededRandom): void {
    const key = this.keys[place];
    const plan = this.#options.scenario.keys[place];
    if (key === undefined || plan === undefined) return;
    if (change === "revoke") {
      this.setKey(place, { ...key, status: "revoked" });
      this.setKey(place, this.#makeKey(plan));
    } else if (change === "limits") {
      this.setKey(place, { ...key, ...this.#limitsOf(plan, random.magnitude(25, 400) / 100) });
    } else {
      this.setKey(place, change === "strict" ? { ...key, strict: true } : { ...key, status: "disabled" });
      this.#options.world.after(random.gapMs(SHUT_MEAN_MS), () => this.#reopen(place, key.hash));
    }
  }

  #reopen(place: number, hash: string): void {
    const key = this.keys[place];
    const plan = this.#options.scenario.keys[place];
    if (key?.hash === hash && plan !== undefined) this.setKey(place, { ...key, status: "active", strict: plan.strict });
  }

  /** A key that expired is followed by another. */
  #succeed(hash: string, plan: KeyPlan): void {
    const place = this.keys.findIndex((key) => key.hash === hash && key.expiresAtMs !== null);
    if (place >= 0) this.setKey(place, this.#makeKey(plan));
  }

  #makeKey(plan: KeyPlan): KeyRecord {
    const { random, world } = this.#options;
    const id = newId("apiKey", { nowMs: () => world.nowMs }, random.bytes);
    const hash = `hash-of-${id}`;
    const { expiresAfterMs } = plan;
    if (expiresAfterMs !== null)
      world.after(expiresAfterMs + random.gapMs(SHUT_MEAN_MS), () => this.#succeed(hash, plan));
    return {
      id,
      hash,
      mode: "live",
      status: "active",
      memberId: plan.memberId,
      tags: plan.tags,
      scopes: ["inference"],
      models: null,
      ipAllow: null,
      expiresAtMs: expiresAfterMs === null ? null : world.nowMs + expiresAfterMs,
      ...this.#limitsOf(plan, 1),
      strict: plan.strict,
    };
  }

  #limitsOf(
    plan: KeyPlan,
    factor: number,
  ): Pick<KeyRecord, "requestsPerMinute" | "tokensPerMinute" | "concurrency" | "budget"> {
    const times = (limit: number | null): number | null => (limit === null ? null : Math.round(limit * factor));
    const budgetNano = times(plan.budgetNano);
    return {
      requestsPerMinute: times(plan.requestsPerMinute),
      tokensPerMinute: times(plan.tokensPerMinute),
      concurrency: times(plan.concurrency),
      budget: budgetNano === null ? null : { limitNano: nanoUsd(BigInt(budgetNano)), period: plan.budgetPeriod },
    };
  }

  #nextVersion(): number {
    this.#versions += 1;
    return this.#versions;
  }

  #tell(event: AccountEvent): void {
    const { random, world } = this.#options;
    const before =
      this.#told.length > 0 && random.chance(REPEATED_PART)
        ? this.#told[random.between(0, this.#told.length - 1)]
        : undefined;
    this.#told.push(event);
    if (this.#told.length > KNOWN_EVENTS) this.#told.shift();
    this.#waiting += 1;
    world.note("control", "tells", event);
    this.#send(before === undefined ? [event] : [event, before]);
  }

  /** Until it is acknowledged: the projector's outbox keeps it. */
  #send(events: readonly AccountEvent[]): void {
    const { random, world, network, apply } = this.#options;
    let isOver = false;
    const again = (): void => {
      if (isOver) return;
      isOver = true;
      world.after(random.between(...RETRY_MS), () => this.#send(events));
    };
    const cancel = world.after(ANSWER_MS, again);
    const done = (): void => {
      if (isOver) return;
      isOver = true;
      this.#waiting -= 1;
    };
    world.start(
      answered(
        network.call(() => apply(events)),
        done,
        again,
      ).finally(cancel),
    );
  }
}

async function answered(answer: Promise<unknown>, done: () => void, again: () => void): Promise<void> {
  try {
    await answer;
    done();
  } catch {
    // Nobody heard, or nobody answered: it is told once more.
    again();
  }
}
