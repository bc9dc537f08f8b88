import { registerUsageSuite } from "../support/suites/usage-suite.ts";

registerUsageSuite(100_000);
