import { registerRolesSuite } from "../../support/suites/roles-suite.ts";

registerRolesSuite((db) => Promise.resolve((role, sql, params = []) => db.query(sql, params, role)));
