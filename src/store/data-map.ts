import { createDataMap, LOG_HOLDING, type DataMap } from "#privacy";
import { accountObjectHoldings } from "./data-map/account-object.ts";
import { auditHoldings } from "./data-map/audit.ts";
import { controlHoldings } from "./data-map/control.ts";
import { doorHoldings } from "./data-map/doors.ts";
import { egressHosts } from "./data-map/egress.ts";
import { identityHoldings } from "./data-map/identity.ts";
import { ledgerHoldings } from "./data-map/ledger.ts";
import { machineHoldings } from "./data-map/machines.ts";
import { mailHoldings } from "./data-map/mail.ts";
import { mapForeignTable, mapLog, mapTable } from "./data-map/map-table.ts";
import { membershipHoldings } from "./data-map/membership.ts";
import { idempotentRequest } from "./schema/index.ts";
import { operational } from "./data-map/rules.ts";

/** Everything that is stored, logged or sent, and why (design PRIVACY section 1). The policy's tables come from it. */
export const dataMap: DataMap = createDataMap(
  [
    ...controlHoldings,
    ...ledgerHoldings,
    ...identityHoldings,
    ...membershipHoldings,
    ...machineHoldings,
    ...auditHoldings,
    ...mailHoldings,
    ...doorHoldings,
    mapTable(idempotentRequest, {
      subjects: [],
      ownedVia: "nobody",
      retention: "transient",
      fields: { id: operational, input_hash: operational, sealed_answer: operational, created_at: operational },
    }),
    mapForeignTable("drizzle.__drizzle_migrations", {
      subjects: [],
      ownedVia: "nobody",
      retention: "configuration",
      fields: { id: operational, hash: operational, created_at: operational },
    }),
    ...accountObjectHoldings,
    mapLog("worker_log", LOG_HOLDING),
  ],
  egressHosts,
);
