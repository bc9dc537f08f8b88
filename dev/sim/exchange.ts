import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import { Connection } from "./connection.ts";
import { Defaults } from "./defaults.ts";
import type { Directives } from "./directives.ts";
import { type Format, invalidRequest, type Refusal } from "./format.ts";
import { FORMATS } from "./formats/index.ts";
import { findModel, listModels, modelNotFound } from "./formats/models/index.ts";
import { type Frames, frameEvents, play } from "./playback.ts";
import { type Prepared, Preparer } from "./prepare.ts";
import { identify, type Provider, PROVIDERS } from "./providers.ts";
import { type Entry, ReceivedLog } from "./received.ts";
import { readRecording } from "./recordings.ts";
import { checkKey, plannedFailure } from "./refusals.ts";

const PROMPTS_COUNTED_MAX = 10_000;
const JSON_TYPE = "application/json";
const EVENT_STREAM_TYPE = "text/event-stream; charset=utf-8";

export interface SimulatorOptions {
  readonly recordings: readonly string[];
  readonly nowMs: () => number;
}

interface Exchange {
  /** Unique in this run: the answer's ids are made from it. */
  readonly number: number;
  readonly provider: Provider;
  readonly entry: Entry;
  readonly response: ServerResponse;
  readonly authorization: string | undefined;
  promptTokens: number;
}

interface Body {
  readonly status: number;
  readonly contentType: string;
  readonly frames: Frames;
}

/** The simulated providers behind the server: routes, answers and remembers every exchange. */
export class Simulator {
  readonly log = new ReceivedLog();
  readonly defaults = new Defaults();
  readonly #preparer = new Preparer();
  readonly #failures = new Map<string, number>();
  readonly #options: SimulatorOptions;
  /** Goes on over resets, so that no two answers of one run share an id. */
  #requests = 0;

  constructor(options: SimulatorOptions) {
    this.#options = options;
  }

  configure(directives: unknown, provider: string | null) {
    this.#preparer.forget();
    return this.defaults.configure(directives, provider);
  }

  /** Forgets what was received, the default directives and the counts of failures. */
  reset(): void {
    this.log.reset();
    this.defaults.reset();
    this.#preparer.forget();
    this.#failures.clear();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = request;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const entry = this.log.start({ atMs: this.#options.nowMs(), method, path, headers });
    response.once("close", () => this.log.end(entry, response.writableFinished ? "finished" : "aborted"));
    this.#requests += 1;
    const number = this.#requests;

    const body = await readBody(request);
    if (body.kind === "aborted") return;
    if (body.kind === "body") this.log.keepBody(entry, body.text, body.bytes);
    const route = findRoute(path);
    if (route === null) {
      entry.status = 404;
      response
        .writeHead(404, { "content-type": JSON_TYPE })
        .end('{"error":{"message":"the simulator plays no such provider"}}');
      return;
    }
    const exchange: Exchange = {
      ...route,
      number,
      entry,
      response,
      authorization: request.headers.authorization,
      promptTokens: 0,
    };
    entry.provider = route.provider.name;
    if (body.kind === "too-large") return this.#refuse(exchange, tooLarge);
    const keyRefusal = checkKey(exchange.authorization);
    if (keyRefusal !== null) return this.#refuse(exchange, keyRefusal);
    if (method === "GET") return this.#answerModels(exchange, route.path);
    const format = FORMATS.get(route.path);
    if (format === undefined || method !== "POST") return this.#refuse(exchange, unknownUrl(method, path));
    await this.#answer(exchange, format, body.text);
  }

  #answerModels(exchange: Exchange, path: string): void {
    const id = path.startsWith("/models/") ? decodeURIComponent(path.slice("/models/".length)) : null;
    if (id === null && path !== "/models") return this.#refuse(exchange, unknownUrl("GET", path));
    const text = id === null ? listModels(exchange.provider) : findModel(exchange.provider, id);
    if (text === null) return this.#refuse(exchange, modelNotFound(id ?? ""));
    this.#sendWhole(exchange, 200, text, {});
  }

  async #answer(exchange: Exchange, format: Format, text: string): Promise<void> {
    const prepared = this.#preparer.prepare(exchange.provider, format, text, this.defaults.for(exchange.provider.name));
    const { directives, answer } = prepared;
    exchange.promptTokens = prepared.promptTokens;
    if (directives.first) {
      const connection = new Connection(exchange.response);
      await connection.pause(directives.first);
      if (connection.gone) return;
    }
    const failure = this.#planFailure(prepared, exchange);
    const refusal = failure ?? (answer.kind === "refusal" ? answer.refusal : null);
    if (refusal !== null) return this.#refuse(exchange, refusal, directives);
    if (directives.fixture !== undefined) return this.#replay(exchange, directives.fixture, directives);

    const identity = identify(exchange.provider, exchange.number, this.#options.nowMs());
    if (answer.kind === "stream") {
      const frames = frameEvents(answer.render(identity), directives, "[DONE]");
      return this.#send(exchange, { status: 200, contentType: EVENT_STREAM_TYPE, frames }, directives);
    }
    if (answer.kind === "json") await this.#sendJson(exchange, answer.render(identity), directives);
  }

  #planFailure({ directives, promptKey }: Prepared, exchange: Exchange): Refusal | null {
    const failed = this.#failures.get(promptKey) ?? 0;
    const failure = plannedFailure(directives, exchange.authorization, failed);
    if (failure !== null && directives.fail_times !== undefined) {
      if (this.#failures.size >= PROMPTS_COUNTED_MAX) this.#failures.clear();
      this.#failures.set(promptKey, failed + 1);
    }
    return failure;
  }

  #refuse(exchange: Exchange, refusal: Refusal, directives: Directives = {}): void {
    const retryAfter = directives.retry_after === undefined ? {} : { "retry-after": String(directives.retry_after) };
    this.#sendWhole(exchange, refusal.status, exchange.provider.renderError(refusal), retryAfter);
  }

  async #replay(exchange: Exchange, name: string, directives: Directives): Promise<void> {
    const recording = readRecording(this.#options.recordings, name, directives);
    if (!recording.ok) return this.#refuse(exchange, invalidRequest(recording.message, "messages"));
    await this.#send(exchange, recording, directives);
  }

  /** A body in one piece, or in two halves when a directive is to break it off between them. */
  async #sendJson(exchange: Exchange, text: string, directives: Directives): Promise<void> {
    const broken = directives.die_after !== undefined || directives.stall_after !== undefined;
    if (!broken && directives.garbage === undefined && !directives.split) {
      return this.#sendWhole(exchange, 200, text, {});
    }
    const bytes = Buffer.from(text);
    const middle = Math.ceil(bytes.length / 2);
    const frames = broken ? [bytes.subarray(0, middle), bytes.subarray(middle)] : [bytes];
    await this.#send(exchange, { status: 200, contentType: JSON_TYPE, frames }, halve(directives));
  }

  #sendWhole(
    { response, entry, ...exchange }: Exchange,
    status: number,
    text: string,
    extra: Record<string, string>,
  ): void {
    entry.status = status;
    entry.framesTotal = 1;
    entry.framesSent = 1;
    const headers = exchange.provider.headers(exchange.number, exchange.promptTokens);
    response.writeHead(status, {
      "content-type": JSON_TYPE,
      "content-length": Buffer.byteLength(text),
      ...headers,
      ...extra,
    });
    // A text leaves in one write with its head; bytes would need two.
    response.end(text);
  }

  async #send(exchange: Exchange, { status, contentType, frames }: Body, directives: Directives): Promise<void> {
    const { response, entry } = exchange;
    entry.status = status;
    response.writeHead(status, {
      "content-type": contentType,
      ...exchange.provider.headers(exchange.number, exchange.promptTokens),
    });
    const end = await play(response, frames, directives, entry);
    if (end === "cut" || end === "to-destroy") this.log.end(entry, "cut");
    if (end === "to-destroy") response.destroy();
  }
}

/** In a body of two halves every break comes after the first, whatever chunk the directive names. */
function halve(directives: Directives): Directives {
  const { die_after: dieAfter, stall_after: stallAfter, garbage, ...rest } = directives;
  return {
    ...rest,
    ...(dieAfter === undefined ? {} : { die_after: 1 }),
    ...(stallAfter === undefined ? {} : { stall_after: 1 }),
    ...(garbage === undefined ? {} : { garbage: 0 }),
  };
}

/** `/openai/v1/chat/completions`; Groq's own `/openai/v1` below its name and a missing `/v1` are accepted too. */
const ROUTE = /^\/([a-z]+)(?:\/openai)?(?:\/v1)?(\/[^?]*)/;

function findRoute(url: string): { readonly provider: Provider; readonly path: string } | null {
  const match = ROUTE.exec(url);
  const provider = PROVIDERS.get(match?.[1] ?? "");
  return provider === undefined ? null : { provider, path: match?.[2] ?? "/" };
}

const tooLarge: Refusal = { ...invalidRequest("The request body is too large."), status: 413 };

const unknownUrl = (method: string, path: string): Refusal => ({
  ...invalidRequest(`Invalid URL (${method} ${path})`),
  status: 404,
});
