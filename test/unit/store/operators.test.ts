import { registerOperatorsSuite } from "../../support/suites/operators-suite.ts";

registerOperatorsSuite();
