import { registerControlSuite } from "../../support/suites/control-suite.ts";

registerControlSuite();
