import type { AnswerSummary } from "./events.ts";

/** The choices of an answer that have not finished, those that have not begun among them. */
export function openChoices({ finishReasons }: AnswerSummary, choices: number): readonly number[] {
  const known = Math.max(choices, finishReasons.length);
  return Array.from({ length: known }, (_, choice) => choice).filter(
    (choice) => (finishReasons[choice] ?? null) === null,
  );
}
