/**
 * Closes, inside the embedded Postgres, the ways to change a role that a statement's text does not show:
 * `set_config('role', …)` (also through UPDATE pg_settings), and DO blocks or new functions with dynamic SQL.
 * Within a SECURITY DEFINER function Postgres itself refuses to set `role` and `session_authorization`. A built-in
 * function ignores SECURITY DEFINER, so the built-in is renamed and a wrapper takes its name. Safe to run at every start.
 * `standard_conforming_strings` stays on: the guard's reading of string literals depends on it.
 */
export const HARDENING_SQL = `
DO $harden$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE proname = 'set_config_unchecked') THEN
    CREATE ROLE dev_setting_changer NOLOGIN;
    ALTER FUNCTION pg_catalog.set_config(text, text, boolean) RENAME TO set_config_unchecked;
    CREATE FUNCTION pg_catalog.set_config(text, text, boolean) RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER
      AS $body$ SELECT pg_catalog.set_config_unchecked($1,
        CASE WHEN lower($1) = 'standard_conforming_strings' THEN 'on' ELSE $2 END, $3) $body$;
    ALTER FUNCTION pg_catalog.set_config(text, text, boolean) OWNER TO dev_setting_changer;
    GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC;
    REVOKE EXECUTE ON FUNCTION pg_catalog.set_config_unchecked(text, text, boolean) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION pg_catalog.set_config_unchecked(text, text, boolean) TO dev_setting_changer;
  END IF;
  CREATE OR REPLACE FUNCTION pg_catalog.dev_refuse(code text, reason text) RETURNS void LANGUAGE plpgsql
    AS $body$ BEGIN RAISE EXCEPTION USING ERRCODE = code, MESSAGE = reason; END $body$;
  GRANT EXECUTE ON FUNCTION pg_catalog.dev_refuse(text, text) TO PUBLIC;
  REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC;
END
$harden$;
`;

/** Takes away what one client may have left behind in a session that the next one gets: its role, settings, locks. */
export const RESTORE_SQL =
  "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP";
