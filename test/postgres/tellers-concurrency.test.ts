import { setKeys } from "../support/tellers/scene.ts";
import { registerTellersSuite } from "../support/tellers/tellers-suite.ts";

registerTellersSuite([
  {
    name: "from leases, as keys are made",
    prepare: () => Promise.resolve(),
    hasLeases: true,
    revokedWithinMs: 5_000,
  },
  {
    name: "strict: the Account object is asked for every call",
    prepare: (ground, organization) => setKeys(ground, organization, "strict = true"),
    hasLeases: false,
    revokedWithinMs: 0,
  },
]);
