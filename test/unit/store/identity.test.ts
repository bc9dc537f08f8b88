import { registerIdentitySuite } from "../../support/suites/identity-suite.ts";

registerIdentitySuite();
