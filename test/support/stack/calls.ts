/** One chat call as its client saw it. */
export interface Call {
  /** The request id, or null when no answer began. */
  id: string | null;
  status: number | null;
  /** The error code of a refusal. */
  code: string | null;
  /** `x-should-retry` and `Retry-After` of the answer. */
  shouldRetry: string | null;
  retryAfter: string | null;
  /** `x-ratelimit-*` of the answer, by what follows that. */
  rateLimits: ReadonlyMap<string, string>;
  /** When the first byte of the body came; null before. */
  firstByteAtMs: number | null;
  /** The client read the format's own end. */
  isWhole: boolean;
}

export interface ChatInput {
  readonly gatewayUrl: string;
  readonly apiKey: string;
  readonly model?: string;
  readonly prompt: string;
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly idempotencyKey?: string;
  /** Hangs up. */
  readonly signal?: AbortSignal;
}

const RATE_LIMIT = "x-ratelimit-";

export const CHAT_MODEL = "openai/gpt-4o-mini";

export interface RunningCall {
  /** Filled while the call goes on. */
  readonly call: Call;
  /** Resolves when it is over, however it ended; never rejects. */
  readonly over: Promise<Call>;
}

/** Starts a call by plain fetch: a client that never repeats a request, so that one call is one admission at most. */
export function startChat(input: ChatInput): RunningCall {
  const call: Call = {
    id: null,
    status: null,
    code: null,
    shouldRetry: null,
    retryAfter: null,
    rateLimits: new Map(),
    firstByteAtMs: null,
    isWhole: false,
  };
  return { call, over: run(input, call).catch(() => call) };
}

export async function chat(input: ChatInput): Promise<Call> {
  return await startChat(input).over;
}

async function run(input: ChatInput, call: Call): Promise<Call> {
  const response = await fetch(`${input.gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    signal: input.signal ?? null,
    headers: {
      authorization: `Bearer ${input.apiKey}`,
      "content-type": "application/json",
      ...(input.idempotencyKey === undefined ? {} : { "idempotency-key": input.idempotencyKey }),
    },
    body: JSON.stringify({
      model: input.model ?? CHAT_MODEL,
      messages: [{ role: "user", content: input.prompt }],
      ...(input.stream === true ? { stream: true } : {}),
      ...(input.maxTokens === undefined ? {} : { max_tokens: input.maxTokens }),
    }),
  });
  call.id = response.headers.get("x-request-id");
  call.status = response.status;
  call.shouldRetry = response.headers.get("x-should-retry");
  call.retryAfter = response.headers.get("retry-after");
  call.rateLimits = new Map(
    [...response.headers].flatMap(([name, value]): [string, string][] =>
      name.startsWith(RATE_LIMIT) ? [[name.slice(RATE_LIMIT.length), value]] : [],
    ),
  );
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    call.firstByteAtMs ??= performance.now();
    text += decoder.decode(bytes, { stream: true });
  }
  if (response.status !== 200) call.code = errorCodeOf(text);
  else call.isWhole = input.stream === true ? text.includes("data: [DONE]") : true;
  return call;
}

function errorCodeOf(text: string): string | null {
  const body: unknown = JSON.parse(text);
  const error: unknown = Reflect.get(Object(body), "error");
  const code: unknown = Reflect.get(Object(error), "code");
  return typeof code === "string" ? code : null;
}

/** `GET /v1/credits` as whole nano-USD: its amounts have exactly nine decimals. `heldNano` is all that is set aside, leases included. */
export async function readCredits(gatewayUrl: string, apiKey: string) {
  const body = await readCreditsBody(gatewayUrl, apiKey);
  const nano = (name: string): bigint => BigInt(String(Reflect.get(Object(body), name)).replace(".", ""));
  const heldNano = nano("held_usd") + nano("reserved_usd");
  const reservedNano = nano("reserved_usd");
  return { balanceNano: nano("balance_usd"), heldNano, reservedNano, availableNano: nano("available_usd") };
}

/** How long the oldest receipt has waited for the ledger, ms; 0 when none waits. */
export async function readSettlementLagMs(gatewayUrl: string, apiKey: string): Promise<number> {
  return Number(Reflect.get(Object(await readCreditsBody(gatewayUrl, apiKey)), "settlement_lag_ms"));
}

async function readCreditsBody(gatewayUrl: string, apiKey: string): Promise<unknown> {
  const response = await fetch(`${gatewayUrl}/v1/credits`, { headers: { authorization: `Bearer ${apiKey}` } });
  return await response.json();
}
