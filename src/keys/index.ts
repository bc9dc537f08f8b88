export { SCOPES, type Scope } from "./scopes.ts";
