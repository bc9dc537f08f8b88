import { registerLedgerSuite } from "../../support/suites/ledger-suite.ts";

registerLedgerSuite();
