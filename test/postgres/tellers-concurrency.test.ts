import { registerTellersSuite } from "../support/tellers/tellers-suite.ts";

registerTellersSuite([
  {
    name: "one call to the object for each admission",
    // A new key asks the object for every call.
    prepare: () => Promise.resolve(),
    revokedWithinMs: 0,
  },
]);
