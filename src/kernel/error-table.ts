import { CALLER_ERRORS } from "./caller-errors.ts";
import { CONSOLE_ERRORS } from "./console-errors.ts";
import type { ErrorDefinition } from "./error-definition.ts";
import { SERVICE_ERRORS } from "./service-errors.ts";

/**
 * The one table of everything that can be refused or fail. `docs/errors.md` is generated from it, the HTTP layer maps
 * from it, and a code once published keeps its meaning. Source: design GATEWAY section 1, STYLE rule 7.
 */
export const ERRORS = { ...CALLER_ERRORS, ...CONSOLE_ERRORS, ...SERVICE_ERRORS };

export type ErrorCode = keyof typeof ERRORS;
export type { ErrorDefinition };
