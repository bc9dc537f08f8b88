import type { SeededRandom } from "../engine/seeded-random.ts";
import type { Scenario } from "../scenario.ts";
import { planCall } from "./call-plan.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Isolate } from "./isolate.ts";
import { currentRequest, RequestContext } from "./request-context.ts";
import { runCall, type CallStage } from "./run-call.ts";

/** How long the platform lets a request's work go on after its answer. */
const WAIT_UNTIL_MS = 30_000;
const QUIET_FACTOR = 15;
const NIGHT_MS = 90_000_000;
/** How often it is looked whether the night is over. */
const NIGHT_LOOK_MS = 3_600_000;
/** A dropped request is dropped within so long of its beginning. */
const DROP_WITHIN_MS = 3_000;

export interface TrafficOptions extends CallStage {
  readonly random: SeededRandom;
  readonly scenario: Scenario;
  readonly control: ControlPlane;
}

/** Callers: each key is used in each isolate, now often, now seldom, now not at all. */
export class Traffic {
  readonly #options: TrafficOptions;
  #phase: "busy" | "quiet" | "night" = "busy";
  isOver = false;
  /** Of a request to be dropped. */
  dropped: number;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.dropped = options.scenario.faults.droppedRequest;
  }

  get isNight(): boolean {
    return this.#phase === "night";
  }

  begin(): void {
    this.#nextPhase();
  }

  stop(): void {
    this.isOver = true;
    this.dropped = 0;
  }

  /** An isolate is there to be called. */
  reach(isolate: Isolate): void {
    const { scenario } = this.#options;
    for (const place of scenario.keys.keys()) this.#nextCall(isolate, place);
  }

  /** One call of one key in one isolate. */
  call(isolate: Isolate, place: number): void {
    const { random, scenario, control, world } = this.#options;
    const key = control.keys[place];
    if (key === undefined) return;
    const request = new RequestContext();
    const plan = planCall(random, isolate, key.hash, scenario.limits.requestMaxMs);
    if (random.chance(this.dropped)) {
      world.after(random.between(0, DROP_WITHIN_MS), () => {
        world.note(isolate.name, "drops a request", plan.command.draft.id);
        this.#options.statistics.count("requests dropped");
        request.drop();
      });
    }
    isolate.requests.add(request);
    const forget = (): void => {
      request.drop();
      isolate.requests.delete(request);
    };
    currentRequest.run(request, () => {
      const work = runCall(this.#options, isolate, request, plan);
      world.start(work.finally(() => world.after(WAIT_UNTIL_MS, forget)));
    });
  }

  #nextCall(isolate: Isolate, place: number): void {
    const { random, scenario, world } = this.#options;
    const meanMs = scenario.keys[place]?.gapMeanMs ?? 0;
    const gapMs = random.gapMs(this.#gapMeanMs(meanMs));
    world.after(gapMs, () => {
      if (this.isOver || !isolate.isAlive) return;
      if (this.#phase !== "night") this.call(isolate, place);
      this.#nextCall(isolate, place);
    });
  }

  #gapMeanMs(meanMs: number): number {
    if (this.#phase === "busy") return meanMs;
    return this.#phase === "quiet" ? meanMs * QUIET_FACTOR : NIGHT_LOOK_MS;
  }

  #nextPhase(): void {
    const { random, scenario, world } = this.#options;
    if (this.isOver) return;
    const draw = random.fraction();
    this.#phase = draw < scenario.night ? "night" : draw < scenario.night + scenario.quiet ? "quiet" : "busy";
    world.note("callers", "are", this.#phase);
    const forMs = this.#phase === "night" ? NIGHT_MS : random.gapMs(scenario.phaseMeanMs);
    world.after(forMs, () => this.#nextPhase());
  }
}
