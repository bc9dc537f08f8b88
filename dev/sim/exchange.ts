import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import { Connection } from "./connection.ts";
import { Defaults } from "./defaults.ts";
import type { Headers } from "./dialect.ts";
import type { Directives } from "./directives.ts";
import { type Call, type Format, type Identity, invalidRequest, type Refusal } from "./format.ts";
import { type Frames } from "./framing.ts";
import { lieInText } from "./lies.ts";
import { play } from "./playback.ts";
import { type Input, type Prepared, Preparer } from "./prepare.ts";
import { PromptCache } from "./prompt-cache.ts";
import type { Provider } from "./providers.ts";
import { type Entry, ReceivedLog } from "./received.ts";
import { readRecording } from "./recordings.ts";
import { plannedFailure, tooLarge, unknownUrl } from "./refusals.ts";
import { findRoute, type Route } from "./route.ts";
import { frameStream } from "./stream.ts";

const PROMPTS_COUNTED_MAX = 10_000;
const JSON_TYPE = "application/json";

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
  readonly headers: Headers;
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
  readonly #promptCache = new PromptCache();
  readonly #failures = new Map<string, number>();
  readonly #open = new Set<Exchange>();
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

  /** Breaks or mends a provider while it runs; a killed one's open answers break off too. */
  setFault(fault: unknown, provider: string | null, sharePercent: number) {
    this.#preparer.forget();
    const result = this.defaults.setFault(fault, provider, sharePercent);
    if (result.ok && result.directives.kill) {
      for (const exchange of this.#open) {
        if (provider === null || exchange.provider.name === provider) this.#destroy(exchange);
      }
    }
    return result;
  }

  /** Forgets what was received, default directives, faults, remembered prompts and the counts of failures. */
  reset(): void {
    this.log.reset();
    this.defaults.reset();
    this.#preparer.forget();
    this.#promptCache.reset();
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
    if (body.kind === "body") this.log.keepBody(entry, body.text, body.bytes.length);
    const [pathname = "", query = ""] = path.split("?", 2);
    const route = findRoute(method, pathname);
    if (route === null) {
      entry.status = 404;
      response
        .writeHead(404, { "content-type": JSON_TYPE })
        .end('{"error":{"message":"the simulator plays no such provider"}}');
      return;
    }
    const { provider, format } = route;
    const exchange: Exchange = { provider, number, entry, response, headers, promptTokens: 0 };
    entry.provider = provider.name;
    this.#open.add(exchange);
    response.once("close", () => this.#open.delete(exchange));
    if (body.kind === "too-large") return this.#refuse(exchange, tooLarge);
    const keyRefusal = await provider.dialect.checkKey({ method, path, headers, body: body.bytes });
    if (keyRefusal !== null) return this.#refuse(exchange, keyRefusal);
    if (format === null) return this.#refuse(exchange, unknownUrl(method, path));
    const parsed = await format.parse?.(body.bytes, headers["content-type"] ?? "");
    const input: Input = format.parse === undefined ? { text: body.text } : { parsed };
    await this.#answer(exchange, this.#prepare(exchange, route, format, new URLSearchParams(query), input));
  }

  #prepare(exchange: Exchange, route: Route, format: Format, query: URLSearchParams, input: Input): Prepared {
    const { name, models } = exchange.provider;
    const call: Call = {
      provider: name,
      models,
      parameters: route.parameters,
      query,
      promptCache: this.#promptCache,
      nowMs: this.#options.nowMs,
    };
    const steering = this.defaults.for(name, exchange.number);
    const steered = format.method === "GET" ? { ...steering, defaults: {} } : steering;
    return this.#preparer.prepare(format, exchange.entry.path, input, call, steered);
  }

  async #answer(exchange: Exchange, prepared: Prepared): Promise<void> {
    const { directives, answer } = prepared;
    exchange.promptTokens = prepared.promptTokens;
    if (directives.kill) return this.#destroy(exchange);
    if (directives.first) {
      const connection = new Connection(exchange.response);
      await connection.pause(directives.first);
      if (connection.gone) return;
    }
    const failure = this.#planFailure(prepared, exchange);
    const refusal = failure ?? (answer.kind === "refusal" ? answer.refusal : null);
    if (refusal !== null) return this.#refuse(exchange, refusal, directives);
    if (directives.fixture !== undefined) return this.#replay(exchange, directives.fixture, directives);

    const identity: Identity = {
      number: exchange.number,
      createdSeconds: Math.floor(this.#options.nowMs() / 1_000),
    };
    if (answer.kind === "stream") {
      const frames = frameStream(answer, identity, directives, exchange.provider.dialect);
      return this.#send(exchange, { status: 200, contentType: answer.framing.contentType, frames }, directives);
    }
    if (answer.kind === "bytes") {
      const frames = answer.render(identity);
      return this.#send(exchange, { status: 200, contentType: answer.contentType, frames }, directives);
    }
    if (answer.kind === "json")
      await this.#sendJson(exchange, lieInText(answer.render(identity), directives), directives);
  }

  #planFailure({ directives, promptKey }: Prepared, exchange: Exchange): Refusal | null {
    const failed = this.#failures.get(promptKey) ?? 0;
    const failure = plannedFailure(directives, exchange.provider.dialect, exchange.headers, failed);
    if (failure !== null && directives.fail_times !== undefined) {
      if (this.#failures.size >= PROMPTS_COUNTED_MAX) this.#failures.clear();
      this.#failures.set(promptKey, failed + 1);
    }
    return failure;
  }

  #refuse(exchange: Exchange, refusal: Refusal, directives: Directives = {}): void {
    const { dialect } = exchange.provider;
    const retryAfterSeconds = directives.retry_after ?? null;
    const text = dialect.renderError(refusal, { requestNumber: exchange.number, retryAfterSeconds });
    this.#sendWhole(exchange, refusal.status, text, {
      ...dialect.errorHeaders?.(refusal),
      ...(retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) }),
    });
  }

  #destroy({ entry, response }: Exchange): void {
    this.log.end(entry, "cut");
    response.destroy();
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

  #sendWhole({ response, entry, ...exchange }: Exchange, status: number, text: string, extra: Headers): void {
    entry.status = status;
    entry.framesTotal = 1;
    entry.framesSent = 1;
    response.writeHead(status, {
      "content-type": JSON_TYPE,
      "content-length": Buffer.byteLength(text),
      ...exchange.provider.dialect.headers(exchange.number, exchange.promptTokens),
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
      ...exchange.provider.dialect.headers(exchange.number, exchange.promptTokens),
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
