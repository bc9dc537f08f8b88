export { combineHolds } from "./combine-holds.ts";
export { estimateUnits, type DeliveredOutput, type EstimateQuestion } from "./estimate-units.ts";
export { holdRequest, type HoldQuestion, type MeteredHold } from "./hold-request.ts";
export { imageTokens, imageTokensLikely, imageTokensMost, type ImageOutput } from "./image-tokens.ts";
export { boundInputTokens, estimateInputTokens, type InputSize } from "./input-size.ts";
export { mediaUnits } from "./media-units.ts";
export { measure, type Measure, type MeasureQuestion } from "./measure.ts";
export { priceUnits, totalInputTokens } from "./price-units.ts";
export { reachablePrices } from "./reachable-prices.ts";
