import { makeServerDatabase } from "../support/stack/server-database.ts";
import { registerCrashSuite } from "../support/suites/crash-suite.ts";

registerCrashSuite(makeServerDatabase, { name: "with every call asked of the account", hasLeases: false });
