import { AppError } from "#kernel";
import { findModel, priceSheet, type Endpoint, type Model, type PriceOverrides, type PriceSheet } from "#catalog";
import type { VerifiedKey } from "#keys";
import { holdRequest, type MeteredHold } from "#metering";
import type { ConfiguredProvider, ConfiguredProviders } from "#providers";
import { candidates } from "#routing";
import { modelNotFound } from "../model-not-found.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** The provider that lives inside the gateway: test keys reach it and nothing else. */
export const SANDBOX_PROVIDER = "sandbox";

/** Where a call goes and what it can cost there. */
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

export interface TargetQuestion {
  readonly call: PreparedCall;
  readonly key: VerifiedKey;
  readonly providers: ConfiguredProviders;
  readonly overrides: PriceOverrides;
  /** Prices are those of the request's start, epoch ms. */
  readonly atMs: number;
}

/** Chooses the endpoint of a call and prices the most it can cost. Throws AppError; nothing was admitted yet. */
export function findTarget(question: TargetQuestion): Target {
  const { call, providers, overrides, atMs } = question;
  const model = findModel(call.model);
  if (!model) throw modelNotFound(call.model);
  checkMode(model, question.key);
  if (!model.operations.includes(call.operation)) {
    throw new AppError("model_not_supported", {
      param: "model",
      params: { model: model.id, operation: call.operation },
    });
  }
  const [endpoint] = candidates(model, call.operation, providers);
  const provider = endpoint && providers.get(endpoint.provider);
  if (!endpoint || !provider) throw new AppError("model_unavailable", { params: { model: model.id } });
  const sheet = priceSheet(endpoint, atMs, overrides);
  if (!sheet) throw unpriced(model, "input");
  const answer = holdRequest({
    operation: call.operation,
    endpoint,
    sheet,
    input: call.input,
    requestedOutput: call.requestedOutput,
    choices: call.choices,
    audioOutput: call.audioOutput,
  });
  if (!answer.ok) throw unpriced(model, answer.missing);
  return { model, endpoint, provider, sheet, listSheet: priceSheet(endpoint, atMs, null), hold: answer.hold };
}

function unpriced(model: Model, unit: string): AppError {
  return new AppError("model_unpriced", { param: "model", params: { model: model.id, unit } });
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
