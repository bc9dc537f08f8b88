import type { Dialect } from "./dialect.ts";
import type { Directives } from "./directives.ts";
import type { Answer, Identity } from "./format.ts";
import type { Frames } from "./framing.ts";
import { lieInEvents } from "./lies.ts";

const ERROR_STATUS_DEFAULT = 500;

/** A streamed answer as it goes over the wire: its events, or what the directives make of them. */
export function frameStream(
  answer: Extract<Answer, { kind: "stream" }>,
  identity: Identity,
  directives: Directives,
  dialect: Dialect,
): Frames {
  const { framing } = answer;
  const events = lieInEvents(answer.render(identity), directives);
  const frameBroken = framing.frameBroken ?? framing.frame;
  if (directives.lie === "truncated") return frameBroken(events, directives);
  if (directives.error_after === undefined) return framing.frame(events, directives);
  const before = events.slice(0, directives.error_after);
  const refusal = dialect.failure(directives.error_status ?? ERROR_STATUS_DEFAULT);
  const context = { requestNumber: identity.number, retryAfterSeconds: directives.retry_after ?? null };
  const errors = answer.renderError?.(refusal, identity, before.length) ?? [
    compact(dialect.renderError(refusal, context)),
  ];
  return frameBroken([...before, ...errors], directives);
}

/** An event's JSON stands on one line. */
const compact = (json: string) => JSON.stringify(JSON.parse(json));
