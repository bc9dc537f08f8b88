import { registerFactsSuite } from "../../support/suites/facts-suite.ts";

registerFactsSuite();
