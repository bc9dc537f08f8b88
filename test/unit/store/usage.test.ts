import { registerUsageSuite } from "../../support/suites/usage-suite.ts";

// The embedded Postgres posts and sums several times slower: test/postgres/usage.test.ts has the whole number.
registerUsageSuite(1_500);
