import { registerCrashSuite } from "../support/suites/crash-suite.ts";

registerCrashSuite(() => Promise.resolve({ url: null, remove: () => Promise.resolve() }), {
  name: "with leases",
  hasLeases: true,
});
