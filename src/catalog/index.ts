export { catalogVersion, endpointsOf, findModel, models } from "./catalog.ts";
export { diffPrices, unknownEndpoints, type PriceChange } from "./diff-prices.ts";
export { nearMatches } from "./near-matches.ts";
export { priceSheet, selectPrice } from "./price-sheet.ts";
export type {
  AbortPolicy,
  Capability,
  DataPolicy,
  DatedPrices,
  Endpoint,
  Modality,
  Model,
  PriceOverrides,
  PriceSheet,
  TieredPrice,
  UnitPrices,
} from "./types.ts";
