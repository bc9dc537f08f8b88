import { registerReconcileSuite } from "../support/suites/reconcile-suite.ts";

registerReconcileSuite();
