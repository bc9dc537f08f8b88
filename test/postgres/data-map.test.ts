import { registerDataMapSuite } from "../support/suites/data-map-suite.ts";

registerDataMapSuite();
