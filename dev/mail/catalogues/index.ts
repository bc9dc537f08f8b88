import type { MailLocale } from "../../../src/notify/locales.ts";
import type { Catalogue } from "../catalogue.ts";
import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { ja } from "./ja.ts";

export const CATALOGUES: Readonly<Record<MailLocale, Catalogue>> = { en, de, es, ja, ar };
