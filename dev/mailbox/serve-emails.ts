import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "../sim/body.ts";
import type { MessageStore, StoredMessage } from "./message-store.ts";
import { readEmail } from "./read-email.ts";
import { refusals, type Refusal } from "./refusals.ts";
import { sendJson, sendRefusal } from "./serve.ts";
import { fateOf } from "./special-addresses.ts";

export interface EmailsOptions {
  readonly store: MessageStore;
  readonly apiKey: string;
  readonly nowMs: () => number;
  /** Hears of messages that met something else than delivery. */
  readonly onEvent: (message: StoredMessage) => void;
}

const KEY_CHARACTERS_MAX = 256;
/** What Resend says of its limit beside a refusal. */
const LIMIT_HEADERS = {
  "ratelimit-limit": "2",
  "ratelimit-remaining": "0",
  "ratelimit-reset": "1",
  "retry-after": "1",
};

/** Resend's `POST /emails`. */
export async function serveEmails(
  options: EmailsOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST") return sendRefusal(response, refusals.methodNotAllowed);
  const body = await readBody(request);
  if (body.kind !== "body") return sendRefusal(response, refusals.invalidField("body"));
  const result = send(options, request, body.text);
  if ("id" in result) return sendJson(response, 200, result);
  return sendRefusal(response, result, result.statusCode === 429 ? LIMIT_HEADERS : {});
}

function send(options: EmailsOptions, request: IncomingMessage, text: string): { readonly id: string } | Refusal {
  const { store, nowMs } = options;
  const denied = checkKey(request.headers.authorization, options.apiKey);
  if (denied) return denied;
  const key = request.headers["idempotency-key"] ?? null;
  if (Array.isArray(key) || (key !== null && (key === "" || key.length > KEY_CHARACTERS_MAX)))
    return refusals.invalidIdempotencyKey;
  const parsed = parseJson(text);
  if (parsed === undefined) return refusals.invalidJson;
  const read = readEmail(parsed);
  if (!read.ok) return read.refusal;
  const before = key === null ? null : store.answered(key);
  const payload = JSON.stringify(parsed);
  if (before) return before.payload === payload ? { id: before.id } : refusals.otherPayload;
  const fate = fateOf(read.email.to);
  if (fate.kind === "refused") return fate.refusal;
  const message: StoredMessage = {
    id: randomUUID(),
    created_at: new Date(nowMs()).toISOString(),
    idempotency_key: key,
    last_event: fate.event,
    ...read.email,
  };
  store.add(message, payload);
  if (fate.event !== "delivered") options.onEvent(message);
  return { id: message.id };
}

function checkKey(authorization: string | undefined, apiKey: string): Refusal | null {
  if (authorization === undefined) return refusals.missingKey;
  return authorization === `Bearer ${apiKey}` ? null : refusals.invalidKey;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
