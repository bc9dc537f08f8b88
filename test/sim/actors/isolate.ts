import { createTeller, type AccountPort, type Lease, type Teller, type TellerBounds } from "#admission";
import type { SeededRandom } from "../engine/seeded-random.ts";
import type { SimClock } from "../engine/sim-clock.ts";
import type { World } from "../engine/world.ts";
import type { Books } from "../model/books.ts";
import type { Asked } from "../model/lease-observer.ts";
import { TellerObserver } from "../model/teller-observer.ts";
import type { SlackSince } from "../model/true-records.ts";
import type { Network } from "./network.ts";
import { currentRequest, type RequestContext } from "./request-context.ts";

export interface IsolateOptions {
  readonly name: string;
  readonly world: World;
  readonly random: SeededRandom;
  readonly clock: SimClock;
  readonly network: Network;
  /** The account at the other end of the network. */
  readonly account: AccountPort;
  readonly books: Books;
  readonly slackSince: SlackSince;
  readonly asked: Map<string, Asked>;
  readonly bounds: Partial<TellerBounds>;
}

/** Timers are late by so much at the most. */
const TIMER_LATE_MS = 2;

/** One isolate of the gateway: a production teller, its clock, and the requests whose timers and answers die with them. */
export class Isolate {
  isAlive = true;
  /** Until then it does not reach the account. */
  cutUntilMs = 0;
  readonly name: string;
  readonly clock: SimClock;
  readonly random: SeededRandom;
  readonly teller: Teller;
  readonly observer: TellerObserver;
  readonly requests = new Set<RequestContext>();
  readonly #options: IsolateOptions;

  constructor(options: IsolateOptions) {
    this.#options = options;
    const { name, clock, random, books, slackSince } = options;
    this.name = name;
    this.clock = clock;
    this.random = random;
    this.observer = new TellerObserver(books, name, slackSince);
    this.teller = createTeller({
      account: this.#port(),
      schedule: this.schedule,
      clock,
      random: random.bytes,
      bounds: options.bounds,
    });
  }

  /** A timer belongs to the request that set it. */
  readonly schedule = (callback: () => void, ms: number): (() => void) => {
    const request = currentRequest.getStore();
    return this.#options.world.after(ms + this.random.between(0, TIMER_LATE_MS), () => {
      if (this.#isRunning(request)) resume(request, callback);
    });
  };

  /** It is gone, with all its requests. */
  die(): void {
    this.isAlive = false;
    for (const request of this.requests) request.drop();
  }

  #isRunning(request: RequestContext | undefined): boolean {
    return this.isAlive && (request === undefined || request.isAlive);
  }

  #port(): AccountPort {
    const { account } = this.#options;
    return {
      admit: async (command) => {
        const result = await this.#send(() => account.admit(command), command.lease?.id);
        if (result.ok) this.#givenLease(result.admission.lease ?? null);
        return result;
      },
      lease: async (command) => this.#givenLease(await this.#send(() => account.lease(command), command.wish.id)),
      returnLease: (command) => this.#send(() => account.returnLease(command)),
      extend: (commands) => this.#send(() => account.extend(commands)),
      checkpoint: (commands) => this.#send(() => account.checkpoint(commands)),
      settle: (commands) => this.#send(() => account.settle(commands)),
    };
  }

  #givenLease(lease: Lease | null): Lease | null {
    if (lease !== null) this.observer.given(lease);
    return lease;
  }

  /** One message to the account. Its answer reaches the request that sent it, if that is still there. */
  #send<Result>(deliver: () => Promise<Result>, leaseId?: string): Promise<Result> {
    const { network, world, asked, name } = this.#options;
    const request = currentRequest.getStore();
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    if (!this.#isRunning(request)) return promise;
    if (leaseId !== undefined) asked.set(leaseId, { isolate: name, atMs: world.nowMs });
    void network
      .call(deliver, () => world.nowMs < this.cutUntilMs)
      .then(
        (result) => this.#isRunning(request) && resume(request, () => resolve(result)),
        (error: unknown) => this.#isRunning(request) && resume(request, () => reject(error)),
      );
    return promise;
  }
}

function resume(request: RequestContext | undefined, callback: () => void): void {
  if (request === undefined) callback();
  else currentRequest.run(request, callback);
}
