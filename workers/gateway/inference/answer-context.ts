import type { Gate } from "#wire";
import type { GatewayContext } from "../context.ts";
import type { AdmittedCall } from "./admitted-call.ts";
import type { Lane } from "./lane.ts";
import type { AnswerContext } from "./prepared-call.ts";

const MS_PER_SECOND = 1_000;

/** What reading and translating one answer needs to know of its call. */
export function answerContext(
  context: GatewayContext,
  { call, record }: AdmittedCall,
  lane: Lane,
  gate: Gate | null,
): AnswerContext {
  return {
    requestId: context.get("requestId"),
    model: lane.target.model.id,
    createdSeconds: Math.floor(context.get("startedAtMs") / MS_PER_SECOND),
    meter: {
      units: (usage) => record.unitsOf(usage),
      costUsd: (usage) => (call.includeCost ? record.costOf(usage) : null),
    },
    gate,
  };
}
