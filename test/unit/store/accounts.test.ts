import { registerAccountsSuite } from "../../support/suites/accounts-suite.ts";

registerAccountsSuite();
