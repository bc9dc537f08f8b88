import { registerMailSuite } from "../support/suites/mail-suite.ts";

registerMailSuite();
