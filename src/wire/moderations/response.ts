import type { StreamEnd } from "../events.ts";
import { memberText, scanObject } from "../json/scan-object.ts";

/** Whether a text is an answer of moderations: it passes as it is, and names no usage. */
export function readModerationsAnswer(text: string): StreamEnd {
  const answer = scanObject(text);
  return answer && memberText(answer, "results")?.startsWith("[") ? "complete" : "garbage";
}
