import { nearMatches } from "#catalog";
import { AppError } from "#kernel";

const SUGGESTIONS_MAX = 3;

/** The error for an unknown model, with near matches where there are any. */
export function modelNotFound(id: string): AppError {
  const near = nearMatches(id, SUGGESTIONS_MAX);
  const suggestion = near.length === 0 ? "" : ` Did you mean ${near.map((match) => `'${match}'`).join(" or ")}?`;
  return new AppError("model_not_found", { param: "model", params: { model: id, suggestion } });
}
