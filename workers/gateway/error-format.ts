import { encodeAnthropicError, encodeError, encodeGeminiError } from "#wire";
import type { AppError } from "#kernel";
import { callerFormat } from "./caller-format.ts";

const ENCODERS = { openai: encodeError, anthropic: encodeAnthropicError, gemini: encodeGeminiError } as const;

/** The body of an error in the words of whoever called. */
export function encodeErrorFor(request: Request, error: AppError, requestId: string): string {
  return ENCODERS[callerFormat(request)](error, requestId);
}
