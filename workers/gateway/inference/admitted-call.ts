import type { Admission } from "#admission";
import type { AttemptResult } from "./attempt-upstream.ts";
import type { CallRecord } from "./call-record.ts";
import type { Lane } from "./lane.ts";
import type { PreparedCall } from "./prepared-call.ts";

export interface AdmittedCall {
  readonly call: PreparedCall;
  /** In the order in which they are tried. Never empty. */
  readonly lanes: readonly Lane[];
  readonly admission: Admission;
  readonly record: CallRecord;
  /** Told of the lane that answers. Never rejects. */
  readonly onAnswer: (lane: Lane) => Promise<void>;
}

export interface Answer {
  readonly response: Response;
  /** Resolves when the hold is ended; the response may still be on its way, or long gone. */
  readonly settled: Promise<void>;
}

/** The lane that answers, and its answer as far as it has come. */
export type Answering = Extract<AttemptResult, { type: "answer" }>;
