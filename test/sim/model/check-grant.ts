import type { Admission, AdmitCommand } from "#admission";
import { ensure } from "../engine/violation.ts";
import { feeOf, floorTokens, heldAt, mostTokens, tokensAt } from "./prices.ts";

/** A hold is what its request costs at most, and its output neither below what was asked for nor above what there is. */
export function checkGrant(
  command: AdmitCommand,
  { heldNano, outputTokens, tokens }: Pick<Admission, "heldNano" | "outputTokens" | "tokens">,
  isOwnKeyOnly: boolean,
): void {
  const { hold, maxCostNano } = command;
  const expectedNano = heldAt(hold, feeOf(command, isOwnKeyOnly), outputTokens);
  const figures = () => ({ id: command.draft.id, heldNano, expectedNano, outputTokens, tokens });
  ensure(heldNano === expectedNano, "limits", "a hold is not what its request costs", figures);
  ensure(tokens === tokensAt(hold, outputTokens ?? 0), "limits", "tokens are not those of the request", figures);
  ensure(maxCostNano === null || heldNano <= maxCostNano, "limits", "a hold above the caller's maximum", figures);
  const { output } = hold;
  const isWithin =
    output === null || outputTokens === null
      ? output === outputTokens
      : outputTokens >= (floorTokens(hold) ?? 0) && outputTokens <= mostTokens(output);
  ensure(isWithin, "limits", "output beyond what was asked for", figures);
}
