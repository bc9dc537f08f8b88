import type { InBandError, RawUsage } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { safeToken } from "../safe-token.ts";

/** More choices than this in an answer are not counted: no request may ask for more. */
const CHOICES_MAXIMUM = 128;
const FINISH_REASON_MAX_CHARACTERS = 32;

/** One parsed chunk or whole response, by what it is. `foreign` is JSON that is neither an answer nor an error. */
export type ReadAnswer =
  | {
      readonly type: "answer";
      readonly choices: readonly ReadChoice[];
      readonly usage: RawUsage | null;
      /** It has an empty `choices` and usage: the chunk that `stream_options.include_usage` adds. */
      readonly isUsageOnly: boolean;
    }
  | { readonly type: "error"; readonly error: InBandError }
  | { readonly type: "foreign" };

export interface ReadChoice {
  readonly index: number;
  /** `delta` or `message`, unread. */
  readonly message: unknown;
  /** Unread. */
  readonly logprobs: unknown;
  readonly finishReason: string | null;
}

/** Reads the JSON of a chunk or a response of OpenAI's chat format, as its providers really send it. */
export function readAnswer(value: unknown): ReadAnswer {
  if (!isRecord(value)) return { type: "foreign" };
  const error = readError(value);
  if (error) return { type: "error", error };
  const choices = value["choices"];
  const usage = readUsage(value);
  if (!Array.isArray(choices)) {
    const isChunk = usage !== null || value["object"] === "chat.completion.chunk";
    return isChunk ? { type: "answer", choices: [], usage, isUsageOnly: false } : { type: "foreign" };
  }
  const isUsageOnly = choices.length === 0 && isRecord(value["usage"]);
  return { type: "answer", choices: choices.flatMap(readChoice), usage, isUsageOnly };
}

/** Groq repeats usage under `x_groq`, and there alone in some streams; the plain member goes first. */
function readUsage(value: Readonly<Record<string, unknown>>): RawUsage | null {
  if (isRecord(value["usage"])) return value["usage"];
  const extension = value["x_groq"];
  return isRecord(extension) && isRecord(extension["usage"]) ? extension["usage"] : null;
}

/** `{ error: {…} }`, `{ error: "…" }` (xAI) or `{ object: "error", … }` (Mistral). A null `error` is none. */
function readError(value: Readonly<Record<string, unknown>>): InBandError | null {
  const { error } = value;
  if (isRecord(error)) return { code: safeToken(error["code"]), type: safeToken(error["type"]) };
  const isFlat = typeof error === "string" || value["object"] === "error";
  return isFlat ? { code: safeToken(value["code"]), type: safeToken(value["type"]) } : null;
}

function readChoice(choice: unknown): readonly ReadChoice[] {
  if (!isRecord(choice)) return [];
  const index = choice["index"] ?? 0;
  if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= CHOICES_MAXIMUM) return [];
  const reason = choice["finish_reason"];
  const finishReason =
    typeof reason === "string" && reason !== "" ? reason.slice(0, FINISH_REASON_MAX_CHARACTERS) : null;
  return [{ index, message: choice["delta"] ?? choice["message"], logprobs: choice["logprobs"], finishReason }];
}
