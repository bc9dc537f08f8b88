import { memberText, scanObject } from "../json/scan-object.ts";
import { spliceMembers } from "../json/splice-members.ts";
import { addUsageCost } from "../openai-chat/add-usage-cost.ts";

/** Adds `cost` to the usage of a whole response, or of the one inside a stream's event, and leaves every other byte. */
export function addCost(text: string, costUsd: string): string {
  const value = scanObject(text);
  const response = value && memberText(value, "response");
  if (!value || !response) return addUsageCost(text, costUsd);
  return spliceMembers(value, new Map([["response", addUsageCost(response, costUsd)]]));
}
