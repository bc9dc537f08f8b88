import { registerAccountsSuite } from "../support/suites/accounts-suite.ts";
import { registerAuditSuite } from "../support/suites/audit-suite.ts";
import { registerControlSuite } from "../support/suites/control-suite.ts";
import { registerFactsSuite } from "../support/suites/facts-suite.ts";
import { registerIdentitySuite } from "../support/suites/identity-suite.ts";
import { registerLedgerSuite } from "../support/suites/ledger-suite.ts";
import { registerMachinesSuite } from "../support/suites/machines-suite.ts";
import { registerOperatorsSuite } from "../support/suites/operators-suite.ts";

// The suites of the unit project again, on a real Postgres.
registerLedgerSuite();
registerControlSuite();
registerIdentitySuite();
registerFactsSuite();
registerAuditSuite();
registerMachinesSuite();
registerOperatorsSuite();
registerAccountsSuite();
