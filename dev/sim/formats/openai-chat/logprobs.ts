import { generateTokens, sequenceFrom, seedOf } from "../../text.ts";

const LOGPROB_STEP = 0.35;

/** OpenAI's logprobs of some tokens: invented but deterministic, the chosen token always the likeliest. */
export function makeLogprobs(tokens: readonly string[], alternatives: number) {
  return { content: tokens.map((token) => describeToken(token, alternatives)), refusal: null };
}

function describeToken(token: string, alternatives: number) {
  const seed = seedOf(token);
  const logprob = -(sequenceFrom(seed)(1_000) + 1) / 10_000;
  const others = generateTokens(seed, Math.max(0, alternatives - 1));
  const top = [token, ...others].slice(0, alternatives).map((text, rank) => ({
    token: text,
    logprob: Number((logprob - rank * LOGPROB_STEP).toFixed(4)),
    bytes: bytesOf(text),
  }));
  return { token, logprob, bytes: bytesOf(token), top_logprobs: top };
}

const bytesOf = (text: string) => [...new TextEncoder().encode(text)];
