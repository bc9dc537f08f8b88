import type { Directives } from "./directives.ts";

const ABSURD_TOKENS = 1_999_999_999;
const NEGATIVE_TOKENS = -5;

/** Lies about usage are told by what every format already heeds: directives of usage. */
export function lieAboutUsage(directives: Directives): Directives {
  if (directives.lie === "usage") return { ...directives, usage_input: ABSURD_TOKENS, usage_output: ABSURD_TOKENS };
  if (directives.lie === "negative") {
    return { ...directives, usage_input: NEGATIVE_TOKENS, usage_output: NEGATIVE_TOKENS };
  }
  return directives;
}

const NO_ANSWER = JSON.stringify({ unexpected: { status: "ok", items: [] } });

/** A body that is no answer, or half of one, as the directives ask. */
export function lieInText(text: string, directives: Directives): string {
  if (directives.lie === "content") return NO_ANSWER;
  return directives.lie === "truncated" ? text.slice(0, Math.ceil(text.length / 2)) : text;
}

/** Events that are none of the format's, or half of them. */
export function lieInEvents(events: readonly string[], directives: Directives): readonly string[] {
  if (directives.lie === "content") return events.map(() => NO_ANSWER);
  return directives.lie === "truncated" ? events.slice(0, Math.ceil(events.length / 2)) : events;
}
