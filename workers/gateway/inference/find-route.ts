import { AppError, type RandomBytes } from "#kernel";
import { findModel, priceSheet, type Endpoint, type Model, type PriceOverrides, type PriceSheet } from "#catalog";
import type { VerifiedKey } from "#keys";
import { combineHolds, holdRequest, type HoldQuestion, type MeteredHold } from "#metering";
import type { ConfiguredProviders } from "#providers";
import {
  parseModelName,
  parseProviderPreferences,
  planRoute,
  routeRefusal,
  type EndpointHealth,
  type RoutePlan,
} from "#routing";
import { invalidParameter } from "#wire";
import { modelNotFound } from "../model-not-found.ts";
import { isStopped, type Overrides } from "../override-book.ts";
import { dearestPrice, endpointPrice } from "./endpoint-price.ts";
import type { Target } from "./lane.ts";
import type { PreparedCall } from "./prepared-call.ts";
import { routeNeeds } from "./route-needs.ts";

/** The provider that lives inside the gateway: test keys reach it and nothing else. */
export const SANDBOX_PROVIDER = "sandbox";
/** Models of one request, the first included. */
const MODELS_MAX = 8;

/** Where a call may go, best first, and what it can cost at most wherever it goes. */
export interface Route {
  /** The caller's own choice, which the key's list of models is asked about. */
  readonly model: Model;
  readonly plan: RoutePlan;
  /** By endpoint id. */
  readonly targets: ReadonlyMap<string, Target>;
  readonly hold: MeteredHold;
}

export interface FindRouteQuestion {
  readonly call: PreparedCall;
  readonly key: VerifiedKey;
  readonly providers: ConfiguredProviders;
  readonly overrides: Overrides;
  /** Prices are those of the request's start, epoch ms. */
  readonly atMs: number;
  readonly nowMs: number;
  readonly health: (endpoint: string) => EndpointHealth;
  readonly sticky: string | null;
  readonly random: RandomBytes;
}

/** Plans the route of a call and prices the most that it can cost. Throws AppError; nothing was admitted yet. */
export function findRoute(question: FindRouteQuestion): Route {
  const { call, key, providers, overrides, atMs } = question;
  const { sort, online } = parseModelName(call.model);
  if (online) throw new AppError("unsupported_parameter", { param: "model", params: { param: "model" } });
  const models = namedModels(call).map((name) => {
    const model = findModel(name);
    if (!model) throw modelNotFound(name);
    checkMode(model, key);
    return model;
  });
  const [first] = models;
  if (!first) throw modelNotFound(call.model);
  // A count of tokens goes where the text would go.
  const operation = call.operation === "tokens.count" ? "chat.completions" : call.operation;
  if (!models.some((model) => model.operations.includes(operation))) {
    throw new AppError("model_not_supported", { param: "model", params: { model: first.id, operation } });
  }
  const sheetOf = readSheets(atMs, overrides.prices);
  const plan = planRoute({
    models,
    operation,
    configured: (provider) => providers.get(provider)?.spec.operations.includes(operation) ?? false,
    stopped: (endpoint) => isStopped(overrides.stops, endpoint),
    preferences: parseProviderPreferences(call.provider),
    sort,
    needs: routeNeeds(call),
    price: (endpoint) => {
      const sheet = sheetOf(endpoint);
      return sheet && endpointPrice(sheet);
    },
    dearestPrice: (endpoint) => {
      const sheet = sheetOf(endpoint);
      // What is held at first changes no price.
      return sheet && dearestPrice(holdQuestion(call, endpoint, sheet, false), call.uses.has("prompt_cache"));
    },
    health: question.health,
    sticky: question.sticky,
    nowMs: question.nowMs,
    random: question.random,
  });
  return priceRoute(question, first, plan, sheetOf);
}

type SheetOf = (endpoint: Endpoint) => PriceSheet | null;

/** An endpoint's sheet, worked out once per call: planning, wishes and holds all ask for it. */
function readSheets(atMs: number, overrides: PriceOverrides): SheetOf {
  const sheets = new Map<string, PriceSheet | null>();
  return (endpoint) => {
    let sheet = sheets.get(endpoint.id);
    if (sheet === undefined) {
      sheet = priceSheet(endpoint, atMs, overrides);
      sheets.set(endpoint.id, sheet);
    }
    return sheet;
  };
}

/** Candidates that lack a price for something that the call needs fall away; with none left the first one's lack is the answer (G3). */
function priceRoute(
  { call, providers, overrides, atMs }: FindRouteQuestion,
  model: Model,
  plan: RoutePlan,
  sheetOf: SheetOf,
): Route {
  const targets = new Map<string, Target>();
  let unpriced: AppError | null = null;
  for (const candidate of plan.candidates) {
    const { endpoint } = candidate;
    const provider = providers.get(endpoint.provider);
    const sheet = sheetOf(endpoint);
    if (!provider || !sheet) continue;
    const isVisible = call.streamed && !mayReason(call, candidate.model, endpoint);
    const answer = holdRequest(holdQuestion(call, endpoint, sheet, isVisible));
    if (answer.ok) {
      const listSheet = overrides.prices.entries.length === 0 ? sheet : priceSheet(endpoint, atMs, null);
      targets.set(endpoint.id, { model: candidate.model, endpoint, provider, sheet, listSheet, hold: answer.hold });
    } else {
      unpriced ??= new AppError("model_unpriced", {
        param: "model",
        params: { model: candidate.model.id, unit: answer.missing },
      });
    }
  }
  if (targets.size === 0) throw unpriced ?? routeRefusal(plan, model.id);
  const candidates = plan.candidates.filter(({ endpoint }) => targets.has(endpoint.id));
  const hold = combineHolds([...targets.values()].map((target) => target.hold));
  return { model, plan: { ...plan, candidates }, targets, hold };
}

const holdQuestion = (call: PreparedCall, endpoint: Endpoint, sheet: PriceSheet, isVisible: boolean): HoldQuestion => ({
  operation: call.operation,
  endpoint,
  sheet,
  input: call.input,
  requestedOutput: call.requestedOutput,
  choices: call.choices,
  audioOutput: call.audioOutput,
  imageOutput: call.imageOutput,
  isVisible,
  media: call.media?.most(endpoint),
});

/** Reasoning is billed as output and need not be shown. */
function mayReason({ uses }: PreparedCall, model: Model, { capabilities, reasonsWhenAsked }: Endpoint): boolean {
  if (!(capabilities ?? model.capabilities).includes("reasoning")) return false;
  return reasonsWhenAsked !== true || uses.has("reasoning");
}

/** `model`, then `models`: each once, in the caller's order. A lone `models` names the first in `model`'s place. */
function namedModels({ model, models }: PreparedCall): readonly string[] {
  const names = [parseModelName(model).name];
  if (models === undefined || models === null) return names;
  if (!Array.isArray(models)) throw invalidParameter("models", "must be an array of model ids.");
  for (const [index, name] of models.entries()) {
    const param = `models[${index}]`;
    if (typeof name !== "string" || name === "") throw invalidParameter(param, "must be a model id.");
    const parsed = parseModelName(name);
    if (parsed.online) throw new AppError("unsupported_parameter", { param, params: { param } });
    // One that is `model` itself was heard there; of the others it would be lost.
    if (parsed.sort !== null && name !== model)
      throw invalidParameter(param, "has a suffix, which belongs to 'model'.");
    names.push(parsed.name);
  }
  const unique = [...new Set(names)];
  if (unique.length > MODELS_MAX) throw invalidParameter("models", `holds more than ${MODELS_MAX} models.`);
  return unique;
}

function checkMode(model: Model, key: VerifiedKey): void {
  const isSandbox = model.endpoints.every((endpoint) => endpoint.provider === SANDBOX_PROVIDER);
  if (key.mode === "test" && !isSandbox) {
    throw new AppError("test_key_live_model", { param: "model", params: { model: model.id } });
  }
  if (key.mode === "live" && isSandbox) {
    throw new AppError("live_key_sandbox_model", { param: "model", params: { model: model.id } });
  }
}
