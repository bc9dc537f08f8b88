export { beginProbe, breakerState, type BreakerBounds, type BreakerState } from "./breaker.ts";
export { chooseKey } from "./choose-key.ts";
export {
  recordHealth,
  recordThroughput,
  UNKNOWN_HEALTH,
  type EndpointHealth,
  type HealthOutcome,
} from "./endpoint-health.ts";
export { addValue, mergeHistograms, percentile, type Histogram } from "./histogram.ts";
export { parseModelName, type ModelName } from "./model-name.ts";
export { nextStep, type Step, type StepQuestion } from "./next-step.ts";
export {
  applyPolicy,
  limitedTest,
  planRoute,
  type Candidate,
  type EndpointPrice,
  type Exclusion,
  type RouteNeeds,
  type RoutePlan,
  type RouteQuestion,
} from "./plan-route.ts";
export { parseProviderPreferences, type ProviderPreferences } from "./preferences.ts";
export { routeRefusal } from "./route-refusal.ts";
export {
  combineDeltas,
  mergeDelta,
  NO_DELTA,
  parseHealthDeltas,
  recordDelta,
  type HealthDelta,
  type SharedHealth,
} from "./shared-health.ts";
export { StickyMap } from "./sticky.ts";
