import type { PreparedCall } from "./prepared-call.ts";

/** How one kind of request becomes a call. */
export type PrepareCall = (text: string) => PreparedCall;

/** A call whose body is read some other way than as one JSON text. */
export interface ReadCall {
  readonly call: PreparedCall;
  /** The JSON text that guardrails look through and may change, with what reads it again; null: a body that is none. */
  readonly text: string | null;
  readonly prepare: PrepareCall | null;
}
