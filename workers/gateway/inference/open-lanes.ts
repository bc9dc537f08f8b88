import type { Admission } from "#admission";
import { AppError } from "#kernel";
import { openSealed, type OpeningKeys } from "#keys";
import { applyPolicy, limitedTest, routeRefusal } from "#routing";
import type { Route } from "./find-route.ts";
import type { Lane } from "./lane.ts";

/** Printable ASCII, as the operators' own keys: another one is a header that never leaves, or two (G27). */
const KEY_PATTERN = /^[\x21-\x7e]+$/;

/**
 * The lanes of an admitted call: what the key and its organization allow of the route, with their own provider keys
 * first. A key of the mode `only` leaves no lane of ours, nor does an endpoint that limits our account. Throws AppError
 * where nothing is left (trap G24).
 */
export async function openLanes(
  route: Route,
  { orgId, policy, byok, models }: Admission,
  openingKeys: OpeningKeys,
): Promise<readonly Lane[]> {
  const ownKeyOf = (name: string) => byok.find(({ provider }) => provider === name);
  const plan = applyPolicy(route.plan, policy, (provider) => ownKeyOf(provider) !== undefined);
  const isLimited = limitedTest(plan.limited);
  const lanes: Lane[] = [];
  let isUnopened = false;
  for (const { model, endpoint } of plan.candidates) {
    const target = route.targets.get(endpoint.id);
    // The first model was asked about with the admission; its fallbacks are on the same list or nowhere.
    if (!target || (models !== null && !models.includes(model.id))) continue;
    const sealed = ownKeyOf(endpoint.provider);
    const opened = sealed ? await openSealed(openingKeys, sealed, { orgId, provider: endpoint.provider }) : null;
    const ownKey = opened !== null && KEY_PATTERN.test(opened) ? opened : null;
    if (ownKey !== null) lanes.push({ target, ownKey });
    // A lane of ours in the place of a key that does not open could cost what was not held.
    if (sealed?.mode === "only") isUnopened ||= ownKey === null;
    else if (!isLimited(endpoint)) lanes.push({ target, ownKey: null });
  }
  if (lanes.length === 0) throw isUnopened ? new AppError("byok_key_rejected") : routeRefusal(plan, route.model.id);
  return lanes;
}
