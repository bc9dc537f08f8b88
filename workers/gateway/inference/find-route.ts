import { AppError, type RandomBytes } from "#kernel";
import { findModel, priceSheet, type Endpoint, type Model, type PriceOverrides } from "#catalog";
import type { VerifiedKey } from "#keys";
import { combineHolds, holdRequest, type MeteredHold } from "#metering";
import type { ConfiguredProviders } from "#providers";
import {
  parseModelName,
  parseProviderPreferences,
  planRoute,
  routeRefusal,
  type EndpointHealth,
  type PlannedRoute,
  type RouteExclusion,
  type RouteNeeds,
} from "#routing";
import { invalidParameter, type PromptParameter } from "#wire";
import { modelNotFound } from "../model-not-found.ts";
import type { Target } from "./lane.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** The provider that lives inside the gateway: test keys reach it and nothing else. */
export const SANDBOX_PROVIDER = "sandbox";
/** Models of one request, the first included. */
const MODELS_MAX = 8;

/** Where a call may go, best first, and what it can cost at most wherever it goes. */
export interface Route {
  readonly plan: PlannedRoute;
  readonly targets: readonly Target[];
  readonly hold: MeteredHold;
}

export interface RouteQuestion {
  readonly call: PreparedCall;
  readonly key: VerifiedKey;
  readonly providers: ConfiguredProviders;
  readonly overrides: PriceOverrides;
  /** Prices are those of the request's start, epoch ms. */
  readonly atMs: number;
  readonly health: (endpoint: string) => EndpointHealth;
  readonly sticky: string | null;
  readonly random: RandomBytes;
}
