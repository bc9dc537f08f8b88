import { AppError, parseUsd, type NanoUsd } from "#kernel";
import type { Admission, AdmitCommand, LimitStates } from "#admission";
import type { VerifiedKey } from "#keys";
import { readJsonText, type BodyBounds } from "../../http/read-body.ts";
import { authenticate, clientIp } from "../authenticate.ts";
import type { Services } from "../compose.ts";
import type { GatewayContext } from "../context.ts";
import { refusalError } from "../refusal-error.ts";
import { answerCall } from "./answer-call.ts";
import { CallRecord } from "./call-record.ts";
import { findTarget, type Target } from "./find-target.ts";
import type { PreparedCall } from "./prepared-call.ts";
import { rateLimitHeaders } from "./response-headers.ts";

/**
 * The one gate of every call that can cost money (trap G4): key, body, target and price, admission, call, settle, in
 * this order. `prepare` is all that an operation adds. Throws AppError; what was admitted by then has been ended.
 */
export async function runInference(
  context: GatewayContext,
  prepare: (text: string) => PreparedCall,
): Promise<Response> {
  const { services, requestId } = context.var;
  const { headers } = context.req.raw;
  const key = await authenticate(headers, services.peppers);
  const maxCostNano = readMaxCost(headers);
  const call = prepare(await readJsonText(context.req.raw, bodyBounds(services)));
  const overrides = await services.prices.current((work) => context.executionCtx.waitUntil(work));
  const target = findTarget({
    call,
    key,
    providers: services.providers,
    overrides,
    atMs: context.var.startedAtMs,
  });

  // From here on money may be held: the isolate is kept alive until the call is settled, whoever hangs up.
  const settled = Promise.withResolvers<void>();
  context.executionCtx.waitUntil(settled.promise);
  try {
    const admission = await admitCall(context, key, { call, target, maxCostNano });
    const record = new CallRecord({
      id: requestId,
      call,
      target,
      admission,
      teller: services.teller(key),
      clock: services.clock,
      log: services.log,
      checkpointMs: services.limits.checkpointMs,
    });
    const answer = await answerCall(context, { call, target, admission, record });
    settled.resolve(answer.settled);
    return answer.response;
  } catch (error) {
    settled.resolve();
    throw error;
  }
}

function bodyBounds({ limits, timer }: Services): BodyBounds {
  return { limitBytes: limits.jsonBodyBytes, limitMs: limits.bodyMs, timer };
}

async function admitCall(
  context: GatewayContext,
  key: VerifiedKey,
  { call, target, maxCostNano }: { call: PreparedCall; target: Target; maxCostNano: NanoUsd | null },
): Promise<Admission> {
  const { services, requestId, startedAtMs } = context.var;
  const command: AdmitCommand = {
    keyHash: key.hash,
    scope: "inference",
    clientIp: clientIp(context.req.raw.headers),
    hold: target.hold,
    maxCostNano,
    draft: {
      id: requestId,
      occurred_at: new Date(startedAtMs).toISOString(),
      mode: key.mode,
      operation: call.operation,
      streamed: call.streamed,
      model: target.model.id,
      price_version: target.sheet.version,
    },
  };
  const result = await services.teller(key).admit(command, (work) => context.executionCtx.waitUntil(work));
  setLimitHeaders(context, result.ok ? result.admission.limits : result.refusal.limits);
  if (!result.ok) throw refusalError(result.refusal);
  return result.admission;
}

function setLimitHeaders(context: GatewayContext, limits: LimitStates | null): void {
  if (limits) for (const [name, value] of rateLimitHeaders(limits)) context.header(name, value);
}

/** `x-prismatic-max-cost`: the most the request may cost, USD as a decimal. Null when not sent. */
function readMaxCost(headers: Headers): NanoUsd | null {
  const param = "x-prismatic-max-cost";
  const text = headers.get(param);
  if (text === null) return null;
  const amount = parseUsd(text.trim());
  if (amount === null || amount < 0n) {
    throw new AppError("invalid_parameter", {
      param,
      params: { param, reason: "wants USD as a decimal with at most nine places, such as 0.05." },
    });
  }
  return amount;
}
