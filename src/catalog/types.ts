import type { Operation, Price, UsageUnit } from "#kernel";

/** A price that rises with the request's whole input: the last tier whose `fromInputTokens` is reached prices every unit. */
export interface TieredPrice {
  readonly base: Price;
  readonly tiers: readonly { readonly fromInputTokens: number; readonly price: Price }[];
}

export type UnitPrices = Readonly<Partial<Record<UsageUnit, TieredPrice>>>;

/** May wrap over midnight: 23:00 to 01:00 has `fromMs` above `untilMs`. The start of the request decides. */
export interface DailyWindow {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Prices that apply from an instant (null: always have), until a later entry's instant. */
export interface DatedPrices {
  readonly from: string | null;
  /** Where a price holds only between two times of the UTC day (DeepSeek's peak hours): milliseconds since its midnight, `untilMs` excluded. */
  readonly daily?: DailyWindow | undefined;
  readonly prices: UnitPrices;
  /** For prices of our own: where it was read and when. Null for generated ones, whose source is the package. */
  readonly source: { readonly url: string; readonly checked: string } | null;
}

/** What a provider does with what it is sent. Unknown counts as the worst case: it retains and trains. */
export interface DataPolicy {
  /** `none` is what a request for zero data retention asks for; `temporary` keeps content for weeks, as for abuse monitoring. */
  readonly retention: "none" | "temporary" | "unknown";
  readonly training: "never" | "unknown";
  /** Where it processes, as short lower-case codes (`us`, `eu`); null where the provider does not bind itself. */
  readonly regions: readonly string[] | null;
  readonly source: { readonly url: string; readonly checked: string } | null;
}

/** `cancel`: the provider stops and stops billing when we hang up. `drain`: it bills to the end, so we read on (bounded) to measure. */
export type AbortPolicy = "cancel" | "drain";

export type Modality = "text" | "image" | "audio" | "file" | "embedding";

/** One way to reach a model: one provider, one upstream name, its prices and policies. */
export interface Endpoint {
  /** `<provider>/<upstream model>`, unique. */
  readonly id: string;
  readonly provider: string;
  readonly upstreamModel: string;
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
  /** The most input tokens that one image can cost here. Missing: unknown, and the hold takes the worst case of any model. */
  readonly imageTokensMax?: number | undefined;
  readonly prices: readonly DatedPrices[];
  readonly abort: AbortPolicy;
  readonly dataPolicy: DataPolicy;
  /** Number format of the weights as published (`fp8`, `fp4`). Missing: not published. */
  readonly quantization?: string | undefined;
  /** Of what can reason: it does so only for requests that ask for it. Missing: it may reason for any, and need not show it. */
  readonly reasonsWhenAsked?: true | undefined;
  /** What this endpoint does where that is less than its model, whose facts are those of all endpoints together. */
  readonly operations?: readonly Operation[] | undefined;
  readonly input?: readonly Modality[] | undefined;
  readonly output?: readonly Modality[] | undefined;
  readonly capabilities?: readonly Capability[] | undefined;
}

export interface Model {
  /** `maker/model`, the public id. Endpoints of several providers that serve the same weights share one. */
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly operations: readonly Operation[];
  readonly input: readonly Modality[];
  readonly output: readonly Modality[];
  readonly capabilities: readonly Capability[];
  /** Never empty; the maker's own comes first. One alone where the caller named an endpoint instead of the model. */
  readonly endpoints: readonly Endpoint[];
}

export type Capability = "tools" | "structured_output" | "reasoning" | "logprobs" | "prompt_cache" | "web_search";

/** Operators' price changes from Postgres. A higher version replaces the whole set. */
export interface PriceOverrides {
  readonly version: number;
  readonly entries: readonly { readonly endpoint: string; readonly dated: DatedPrices }[];
}

/** The prices of one endpoint at one instant, with the version that a receipt names. */
export interface PriceSheet {
  readonly version: string;
  readonly prices: UnitPrices;
}
