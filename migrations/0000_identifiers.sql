-- Typeids in SQL: `<prefix>_` and 26 characters of Crockford base32 over a UUIDv7 (src/kernel/ids.ts makes the same).

-- The millisecond inside an id whose prefix has three letters: its first ten characters, 48 bits of time. A flat
-- expression, so that the planner inlines it where a CHECK runs it for every receipt. Malformed ids give nonsense:
-- callers check the form beside it.
CREATE FUNCTION typeid_time_ms(id text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  select ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 5, 1)) - 1)::bigint << 45)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 6, 1)) - 1)::bigint << 40)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 7, 1)) - 1)::bigint << 35)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 8, 1)) - 1)::bigint << 30)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 9, 1)) - 1)::bigint << 25)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 10, 1)) - 1)::bigint << 20)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 11, 1)) - 1)::bigint << 15)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 12, 1)) - 1)::bigint << 10)
       | ((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 13, 1)) - 1)::bigint << 5)
       | (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 14, 1)) - 1)::bigint
$$;
--> statement-breakpoint
-- A new id. The database's own time and randomness: used where a posting function makes rows of its own.
CREATE FUNCTION typeid_new(prefix text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
declare
  alphabet constant text := '0123456789abcdefghjkmnpqrstvwxyz';
  time_ms constant bigint := floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  raw bytea := substring(uuid_send(gen_random_uuid()) from 7);
  body text := '';
  half bigint;
begin
  -- Bytes 6 to 15 of a random UUID, with the version changed from 4 to 7.
  raw := set_byte(raw, 0, (get_byte(raw, 0) & 15) | 112);
  for shift in reverse 9..0 loop
    body := body || substr(alphabet, ((time_ms >> (shift * 5)) & 31)::int + 1, 1);
  end loop;
  for part in 0..1 loop
    half := 0;
    for byte in 0..4 loop
      half := (half << 8) | get_byte(raw, part * 5 + byte);
    end loop;
    for shift in reverse 7..0 loop
      body := body || substr(alphabet, ((half >> (shift * 5)) & 31)::int + 1, 1);
    end loop;
  end loop;
  return prefix || '_' || body;
end $$;
