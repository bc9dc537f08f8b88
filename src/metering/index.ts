export { estimateUnits, type DeliveredOutput, type EstimateQuestion } from "./estimate-units.ts";
export {
  holdRequest,
  type HoldAnswer,
  type HoldQuestion,
  type MeteredHold,
  type MeteredOutput,
} from "./hold-request.ts";
export { boundInputTokens, estimateInputTokens, type InputLimits, type InputSize } from "./input-size.ts";
export { measure, type Measure, type MeasureQuestion } from "./measure.ts";
export { priceUnits, resolvePrice, totalInputTokens, type PricedCost } from "./price-units.ts";
