import type { Endpoint, Model, PriceSheet } from "#catalog";
import type { MeteredHold } from "#metering";
import type { ConfiguredProvider } from "#providers";

/** One way to answer a call, and what it can cost there at most. */
export interface Target {
  readonly model: Model;
  readonly endpoint: Endpoint;
  readonly provider: ConfiguredProvider;
  /** What the customer pays. */
  readonly sheet: PriceSheet;
  /** What the provider charges by list, without overrides; null where the catalogue has none. */
  readonly listSheet: PriceSheet | null;
  readonly hold: MeteredHold;
}

/** A target with whose key it is called. Lanes are tried in order. */
export interface Lane {
  readonly target: Target;
  /** The customer's own key, opened for this call; null: one of the operator's. */
  readonly ownKey: string | null;
}
