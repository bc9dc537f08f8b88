import { registerFaultsSuite } from "../support/tellers/faults/faults-suite.ts";

registerFaultsSuite();
