/** Bad days of a whole provider, by name. Each is a set of directives; others can be given in full. */
export const FAULTS = {
  /** Every connection is destroyed before an answer; running answers break off. */
  kill: "kill",
  /** Answers begin after two seconds and trickle. */
  slow: "first=2000 delay=250",
  "rate-limit": "fail=429 retry_after=1",
  error: "fail=500",
  overloaded: "fail=529",
  /** Streams die after two chunks. */
  drop: "die_after=2",
  "lie-usage": "lie=usage",
  "lie-negative": "lie=negative",
  "lie-truncated": "lie=truncated",
  "lie-content": "lie=content",
} as const satisfies Record<string, string>;

export type FaultName = keyof typeof FAULTS;
