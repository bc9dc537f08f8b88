import type { RouteHints } from "#wire";

/** Of formats whose body names the model, and says whether to stream. */
export const BODY_SAYS: RouteHints = { model: null, stream: null };
