import { registerAuditSuite } from "../../support/suites/audit-suite.ts";

registerAuditSuite();
