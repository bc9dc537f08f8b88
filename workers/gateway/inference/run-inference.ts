import { AppError, parseUsd, type NanoUsd } from "#kernel";
import type { Admission, AdmitCommand, LimitStates, Teller } from "#admission";
import { hashIdempotencyKey, IDEMPOTENCY_KEY_CHARACTERS_MAX, type VerifiedKey } from "#keys";
import { readJsonText, type BodyBounds } from "../../http/read-body.ts";
import { authenticate, clientIp } from "../authenticate.ts";
import { callerFormat } from "../caller-format.ts";
import type { GatewayContext } from "../context.ts";
import { refusalError } from "../refusal-error.ts";
import type { Answer } from "./admitted-call.ts";
import { answerCall } from "./answer-call.ts";
import { CallRecord } from "./call-record.ts";
import { findRoute, type Route } from "./find-route.ts";
import { guardCall } from "./guard-call.ts";
import { openLanes } from "./open-lanes.ts";
import type { PreparedCall } from "./prepared-call.ts";
import type { PrepareCall, ReadCall } from "./read-call.ts";
import { anthropicLimitHeaders, rateLimitHeaders } from "./response-headers.ts";

/**
 * The one gate of every call that can cost money (trap G4): key, body, route and price, admission, call, settle, in this
 * order. `prepare` is all that an operation adds. Throws AppError; what was admitted by then has been ended.
 */
export function runInference(context: GatewayContext, prepare: PrepareCall): Promise<Response> {
  return runCall(context, async (request, bounds) => {
    const text = await readJsonText(request, bounds);
    return { call: prepare(text), text, prepare };
  });
}

export async function runCall(
  context: GatewayContext,
  read: (request: Request, bounds: BodyBounds) => Promise<ReadCall>,
): Promise<Response> {
  const services = context.get("services");
  const { headers } = context.req.raw;
  // Behind this request, which does not wait for it: what other isolates know of the endpoints.
  services.health.exchange((work) => context.executionCtx.waitUntil(work));
  services.tellers.takeUp((work) => context.executionCtx.waitUntil(work));
  const key = await authenticate(headers, services.peppers);
  const maxCostNano = readMaxCost(headers);
  const idempotency = await readIdempotency(headers, key);
  const { limits, timer } = services;
  const body = await read(context.req.raw, { limitBytes: limits.jsonBodyBytes, limitMs: limits.bodyMs, timer });
  const route = await planCall(context, key, body.call);

  // From here on money may be held: the isolate is kept alive until the call is settled, whoever hangs up.
  const settled = Promise.withResolvers<void>();
  context.executionCtx.waitUntil(settled.promise);
  try {
    // One and the same for the whole call: a lease's calls are known to the teller that admitted them.
    const teller = services.tellers.of(key);
    const admission = await admitCall(context, key, { call: body.call, route, teller, maxCostNano, idempotency });
    const answer = await answerAdmitted(context, key, { body, route, teller, admission, maxCostNano });
    settled.resolve(answer.settled);
    return answer.response;
  } catch (error) {
    settled.resolve();
    throw error;
  }
}

/** Where a call would go and what it can cost at most. Throws AppError. */
export async function planCall(context: GatewayContext, key: VerifiedKey, call: PreparedCall): Promise<Route> {
  const services = context.get("services");
  const startedAtMs = context.get("startedAtMs");
  const overrides = await services.overrides.current((work) => context.executionCtx.waitUntil(work));
  const nowMs = services.clock.nowMs();
  return findRoute({
    call,
    key,
    providers: services.providers,
    overrides,
    atMs: startedAtMs,
    nowMs,
    health: (endpoint) => services.health.read(endpoint),
    sticky: await services.stickiness.find(call, key, nowMs),
    random: services.random,
  });
}

interface Admitted {
  readonly body: ReadCall;
  readonly route: Route;
  readonly teller: Teller;
  readonly admission: Admission;
  readonly maxCostNano: NanoUsd | null;
}

/** Everything after the hold is open: whatever fails here ends it first. */
async function answerAdmitted(context: GatewayContext, key: VerifiedKey, admitted: Admitted): Promise<Answer> {
  const services = context.get("services");
  const requestId = context.get("requestId");
  const { body, route, teller, admission, maxCostNano } = admitted;
  const [first] = route.targets.values();
  if (!first) throw new AppError("internal_error");
  const record = new CallRecord({
    id: requestId,
    call: body.call,
    model: route.model.id,
    lane: { target: first, ownKey: null },
    maxCostNano,
    byokFeePerMillion: services.limits.byokFeePerMillion,
    admission,
    teller,
    clock: services.clock,
    log: services.log,
    checkpointMs: services.limits.checkpointMs,
  });
  const ended = (error: unknown): void => {
    context.executionCtx.waitUntil(record.fail(error));
  };
  let call: PreparedCall;
  let lanes;
  try {
    const guarded = guardCall(body, admission.guardrails);
    record.guarded(guarded.counts);
    for (const [name, value] of guarded.headers) context.header(name, value);
    call = guarded.call;
    lanes = await openLanes(route, admission, services.openingKeys);
  } catch (error) {
    ended(error);
    throw error;
  }
  return answerCall(context, {
    call,
    lanes,
    admission,
    record,
    onAnswer: ({ target }) => services.stickiness.keep(call, key, target.endpoint.id, services.clock.nowMs()),
  });
}

interface AdmitQuestion {
  readonly call: PreparedCall;
  readonly route: Route;
  readonly teller: Teller;
  readonly maxCostNano: NanoUsd | null;
  readonly idempotency: AdmitCommand["idempotency"];
}

async function admitCall(
  context: GatewayContext,
  key: VerifiedKey,
  { call, route, teller, maxCostNano, idempotency }: AdmitQuestion,
): Promise<Admission> {
  const services = context.get("services");
  const requestId = context.get("requestId");
  const startedAtMs = context.get("startedAtMs");
  const [first] = route.targets.values();
  if (!first) throw new AppError("internal_error");
  const command: AdmitCommand = {
    keyHash: key.hash,
    scope: "inference",
    clientIp: clientIp(context.req.raw.headers),
    hold: route.hold,
    maxCostNano,
    idempotency: idempotency ?? null,
    providers: [...new Set([...route.targets.values()].map(({ endpoint }) => endpoint.provider))],
    byokFeePerMillion: services.limits.byokFeePerMillion,
    draft: {
      id: requestId,
      occurred_at: new Date(startedAtMs).toISOString(),
      mode: key.mode,
      operation: call.operation,
      streamed: call.streamed,
      model: route.model.id,
      price_version: first.sheet.version,
    },
  };
  const result = await teller.admit(command, (work) => context.executionCtx.waitUntil(work));
  setLimitHeaders(context, result.ok ? result.admission.limits : result.refusal.limits);
  if (!result.ok) throw refusalError(result.refusal);
  return result.admission;
}

function setLimitHeaders(context: GatewayContext, limits: LimitStates | null): void {
  if (!limits) return;
  for (const [name, value] of rateLimitHeaders(limits)) context.header(name, value);
  if (callerFormat(context.req.raw) !== "anthropic") return;
  for (const [name, value] of anthropicLimitHeaders(limits, context.get("services").clock.nowMs())) {
    context.header(name, value);
  }
}

/** `Idempotency-Key`: what names a call that must run once. Null when not sent. */
async function readIdempotency(headers: Headers, key: VerifiedKey): Promise<{ readonly keyHash: string } | null> {
  const param = "idempotency-key";
  const value = headers.get(param);
  if (value === null) return null;
  if (value === "" || value.length > IDEMPOTENCY_KEY_CHARACTERS_MAX) {
    const reason = `wants 1 to ${IDEMPOTENCY_KEY_CHARACTERS_MAX} characters.`;
    throw new AppError("invalid_parameter", { param, params: { param, reason } });
  }
  return { keyHash: await hashIdempotencyKey(value, key.hash) };
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
