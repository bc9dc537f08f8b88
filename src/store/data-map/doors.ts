import type { MappedHolding } from "#privacy";
import { mapKeys } from "./map-table.ts";
import { device, operational } from "./rules.ts";

/** A hash under a secret that the console alone has: whoever keeps the counts cannot tell whose they are. */
const hashedSubject = { ...device, recipients: ["rate_limit_provider"], export: false } as const;
const counted = { ...operational, recipients: ["rate_limit_provider"] } as const;

/** Attempts at public doors, as they are counted in Redis: keys that go by themselves. */
export const doorHoldings: readonly MappedHolding[] = [
  mapKeys("door_attempts", {
    subjects: ["visitor", "account_user", "member"],
    ownedVia: "nobody",
    retention: "attempts",
    fields: { door: counted, kind: counted, subject: hashedSubject, window: counted, attempts: counted },
  }),
];
