export { beginRequest, type BegunRequest } from "./begin-request.ts";
export { endRequest } from "./end-request.ts";
