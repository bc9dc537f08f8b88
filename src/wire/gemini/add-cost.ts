import { memberText, scanObject } from "../json/scan-object.ts";
import { spliceMembers } from "../json/splice-members.ts";

/** Adds `cost` to `usageMetadata` and leaves every other byte: our extension `usage: { include: true }`. */
export function addCost(text: string, costUsd: string): string {
  const answer = scanObject(text);
  const usageText = answer && memberText(answer, "usageMetadata");
  const usage = usageText ? scanObject(usageText) : null;
  if (!answer || !usage) return text;
  const priced = spliceMembers(usage, new Map([["cost", JSON.stringify(costUsd)]]));
  return spliceMembers(answer, new Map([["usageMetadata", priced]]));
}
