import { registerMachinesSuite } from "../../support/suites/machines-suite.ts";

registerMachinesSuite();
