import { makeServerDatabase } from "../support/stack/server-database.ts";
import { registerConcurrencySuite } from "../support/suites/concurrency-suite.ts";

registerConcurrencySuite(makeServerDatabase);
