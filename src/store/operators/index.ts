export {
  decideAdjustment,
  findOpenDifference,
  findProposal,
  listOpenDifferences,
  listProposals,
  proposeAdjustment,
  type AdjustmentOutcome,
  type AdjustmentProposal,
  type NewProposal,
  type OpenDifference,
} from "./adjustments.ts";
export { findOperator, type FoundOperator } from "./find-operator.ts";
export { findAnyOrganization, listAllOrganizations, type OperatedOrganization } from "./list-organizations.ts";
export {
  readPriceOverrides,
  readProviderStops,
  setPriceOverrides,
  setProviderStops,
  type PriceOverrideRow,
  type ProviderStopRow,
} from "./overrides.ts";
export { setOrganizationStatus } from "./set-organization-status.ts";
