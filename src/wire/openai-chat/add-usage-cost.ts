import { memberText, scanObject } from "../json/scan-object.ts";
import { spliceMembers } from "../json/splice-members.ts";

/**
 * Adds `cost` to the `usage` object of an answer's JSON text and leaves every other byte: our extension
 * `usage: { include: true }`. `costUsd` is a decimal with nine places, sent as a string like every amount of ours.
 * Returns the text unchanged where it has no usage object.
 */
export function addUsageCost(text: string, costUsd: string): string {
  const answer = scanObject(text);
  const usageText = answer && memberText(answer, "usage");
  const usage = usageText ? scanObject(usageText) : null;
  if (!answer || !usage) return text;
  const priced = spliceMembers(usage, new Map([["cost", JSON.stringify(costUsd)]]));
  return spliceMembers(answer, new Map([["usage", priced]]));
}
