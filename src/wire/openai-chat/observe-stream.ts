import type { AnswerSummary, InBandError, RawUsage, StreamEnd } from "../events.ts";
import { parseJson } from "../parse-json.ts";
import { createOutputCounter } from "./count-output.ts";
import { readAnswer, type ReadAnswer } from "./read-answer.ts";

export type Observed = ReadAnswer | { readonly type: "done" };

/** Accumulates what the events of one OpenAI chat stream say. It sees event data, never bytes. */
export interface ChatObserver {
  /** The data of one event. */
  see(data: string): Observed;
  /** Something came that is no event of this format. */
  seeForeign(): void;
  summary(): AnswerSummary;
  tokensAtMost(): number;
}

/** The data of the event that ends a stream. Some providers put a space or more after it. */
export const DONE = "[DONE]";

/** `choices`: a stream without `[DONE]` is complete when this many choices have finished. */
export function createChatObserver(choices: number): ChatObserver {
  const output = createOutputCounter();
  const finishReasons: (string | null)[] = [];
  const counts = { answers: 0, malformed: 0 };
  let sawDone = false;
  let usage: RawUsage | null = null;
  let error: InBandError | null = null;

  const observe = (answer: Extract<ReadAnswer, { type: "answer" }>): void => {
    counts.answers += 1;
    usage = answer.usage ?? usage;
    for (const choice of answer.choices) {
      while (finishReasons.length <= choice.index) finishReasons.push(null);
      finishReasons[choice.index] = choice.finishReason ?? finishReasons[choice.index] ?? null;
      output.add(choice.message);
    }
    output.endEvent();
  };

  const endNow = (): StreamEnd => {
    if (error) return "interrupted";
    if (counts.answers === 0 && counts.malformed > 0) return "garbage";
    const finished = finishReasons.filter((reason) => reason !== null).length;
    return sawDone || finished >= choices ? "complete" : "interrupted";
  };

  return {
    see(data) {
      if (data.startsWith(DONE)) {
        sawDone = true;
        return { type: "done" };
      }
      const answer = readAnswer(parseJson(data));
      if (answer.type === "answer") observe(answer);
      else if (answer.type === "error") error = answer.error;
      else counts.malformed += 1;
      return answer;
    },
    seeForeign() {
      counts.malformed += 1;
    },
    tokensAtMost: () => output.tokensAtMost(),
    summary: () => ({
      end: endNow(),
      usage,
      finishReasons: [...finishReasons],
      delivered: output.delivered(),
      error,
    }),
  };
}
