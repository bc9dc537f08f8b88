import { registerTellersSuite } from "../support/tellers/tellers-suite.ts";

registerTellersSuite([
  {
    name: "from leases, as keys are made",
    prepare: () => Promise.resolve(),
    revokedWithinMs: 5_000,
  },
]);
