import { faultShare } from "./breaker.ts";
import { percentile } from "./histogram.ts";
import type { Candidate, RouteQuestion } from "./plan-route.ts";
import { randomFraction } from "./random-fraction.ts";

/** What recent faults leave of an endpoint's weight. */
const FAULTY_WEIGHT = 0.5;
const FAULTY_SHARE = 0.1;
const MEDIAN = 0.5;
/** An endpoint that costs nothing weighs like one at this price, in pico-USD per million tokens (a thousandth of a cent). */
const PRICE_MINIMUM_PICO = 10_000_000;

/**
 * One model's endpoints, best first. The caller's `order` goes before everything, then the endpoint that holds the
 * prompt's cache; the rest by the caller's `sort`, or by chance weighed by the inverse square of the price.
 */
export function orderCandidates(candidates: readonly Candidate[], question: RouteQuestion): readonly Candidate[] {
  // Most models have one endpoint: nothing to weigh.
  if (candidates.length < 2) return candidates;
  const { preferences, sticky } = question;
  const sort = preferences.sort ?? question.sort;
  const sorted = sort === null ? drawByWeight(candidates, question) : sortBy(candidates, sort, question);
  const place = ({ endpoint }: Candidate): number => {
    const wished = (preferences.order ?? []).findIndex((name) => name === endpoint.provider || name === endpoint.id);
    if (wished >= 0) return wished;
    const length = preferences.order?.length ?? 0;
    return endpoint.id === sticky && sort === null ? length : length + 1;
  };
  return sorted.toSorted((one, other) => place(one) - place(other));
}

function sortBy(candidates: readonly Candidate[], sort: "price" | "latency" | "throughput", question: RouteQuestion) {
  const { health, nowMs } = question;
  const key = (candidate: Candidate): number => {
    const known = health(candidate.endpoint.id);
    if (sort === "price") return priceOf(candidate, question);
    if (sort === "latency") return percentile(known.firstByteMs, MEDIAN, nowMs) ?? Number.MAX_VALUE;
    return -(percentile(known.tokensPerSecond, MEDIAN, nowMs) ?? 0);
  };
  return candidates
    .map((candidate) => ({ candidate, key: key(candidate) }))
    .toSorted((one, other) => one.key - other.key)
    .map(({ candidate }) => candidate);
}

/** Draws one after the other without putting back, so that a second choice is drawn as fairly as the first. */
function drawByWeight(candidates: readonly Candidate[], question: RouteQuestion): readonly Candidate[] {
  const left = candidates.map((candidate) => ({ candidate, weight: weightOf(candidate, question) }));
  const drawn: Candidate[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let at = randomFraction(question.random) * total;
    let index = left.findIndex(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    if (index < 0) index = left.length - 1;
    const [one] = left.splice(index, 1);
    if (one) drawn.push(one.candidate);
  }
  return drawn;
}

function weightOf(candidate: Candidate, question: RouteQuestion): number {
  const price = Math.max(PRICE_MINIMUM_PICO, priceOf(candidate, question)) / PRICE_MINIMUM_PICO;
  const isFaulty = faultShare(question.health(candidate.endpoint.id).breaker, question.nowMs) > FAULTY_SHARE;
  return (isFaulty ? FAULTY_WEIGHT : 1) / (price * price);
}

/** Input and output together: no money is counted with it, so that a float will do. */
function priceOf({ endpoint }: Candidate, question: RouteQuestion): number {
  const price = question.price(endpoint);
  return Number((price?.promptPico ?? 0n) + (price?.completionPico ?? 0n) + (price?.requestPico ?? 0n));
}
