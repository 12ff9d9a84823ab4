"""The tables of a PostgreSQL store, how they came about, and whether they still are what they were.

Text is stored as its UTF-8 bytes: PostgreSQL's own text refuses the character NUL, and is ordered
by the rules of some language. Bytes are ordered as code points are.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from threadbook.errors import StoreCorrupt, StoreFormatError
from threadbook.log.postgres_connections import Address, Connection
from threadbook.log.postgres_query import is_declared_index

MIGRATIONS = (
    """
    -- Threads, actors and kinds are long and repeat: rows and indexes hold a number for them.
    -- They may be longer than an entry of an index, which is why they are found by their hash.
    CREATE TABLE name (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text bytea NOT NULL);
    CREATE UNIQUE INDEX name_text ON name (sha256(text));
    CREATE TABLE record (
        seq bigint PRIMARY KEY,
        id bytea NOT NULL UNIQUE,
        canonical bytea NOT NULL,
        sig bytea,
        judged_by bytea,
        recorded_at bigint NOT NULL,
        chain bytea NOT NULL,
        thread bigint NOT NULL,
        actor bigint NOT NULL,
        act bytea NOT NULL,
        kind bigint,
        clock bigint NOT NULL,
        UNIQUE (thread, actor, clock)
    );
    CREATE INDEX record_thread ON record (thread, seq);
    CREATE INDEX record_actor ON record (actor, seq);
    CREATE INDEX record_kind ON record (kind, seq);
    CREATE INDEX record_clock ON record (clock, seq);
    -- What filters compare and indexes hold; postgres_terms.py says why one character changes.
    CREATE FUNCTION body_of(canonical bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
        AS $$
            SELECT CASE
                WHEN position('\\x5c7530303030' IN canonical) = 0
                THEN convert_from(canonical, 'UTF8')
                ELSE regexp_replace(convert_from(canonical, 'UTF8'),
                    '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1\\\\ufffe', 'g')
            END::jsonb -> 'body'
        $$;
    -- The number of a name, given to it the first time. Only writers, of whom there is one at a
    -- time, may call it.
    CREATE FUNCTION number_of(wanted bytea) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE found bigint;
        BEGIN
            SELECT id INTO found FROM name WHERE sha256(text) = sha256(wanted);
            IF found IS NULL AND wanted IS NOT NULL THEN
                INSERT INTO name (text) VALUES (wanted) RETURNING id INTO found;
            END IF;
            RETURN found;
        END $$;
    -- What the last commit left: rows cut off at the end are missed by comparing with it.
    CREATE TABLE tip (
        one boolean PRIMARY KEY CHECK (one),
        seq bigint NOT NULL,
        chain bytea NOT NULL,
        commits bigint NOT NULL
    );
    INSERT INTO tip VALUES (true, 0, decode(repeat('00', 32), 'hex'), 0);
    -- A blob is complete, and visible, once it has a digest.
    CREATE TABLE blob (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest bytea UNIQUE,
        size bigint,
        begun_at bigint NOT NULL
    );
    CREATE INDEX blob_staged ON blob (begun_at) WHERE digest IS NULL;
    CREATE TABLE chunk (
        blob bigint NOT NULL REFERENCES blob ON DELETE CASCADE,
        number bigint NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (blob, number)
    );
    CREATE TABLE holder (name bytea NOT NULL, holder bytea NOT NULL);
    CREATE UNIQUE INDEX holder_name ON holder (sha256(name));
    -- What was computed from the records, such as a fold up to some seq.
    CREATE TABLE derived (name bytea NOT NULL, data bytea NOT NULL);
    CREATE UNIQUE INDEX derived_name ON derived (sha256(name));
    -- Full-text search, as postgres_find.py makes it: up to which row, and the words of each.
    CREATE TABLE words (
        one boolean PRIMARY KEY CHECK (one),
        version text NOT NULL,
        seq bigint NOT NULL,
        chain bytea NOT NULL
    );
    INSERT INTO words VALUES (true, '', 0, '');
    CREATE TABLE word (seq bigint PRIMARY KEY, words tsvector);
    CREATE INDEX word_words ON word USING gin (words);
    CREATE INDEX word_unknown ON word (seq) WHERE words IS NULL;
    """,
)
"""One script for each schema version, run in order; the table `threadbook` counts them."""

_VERSION_TABLE = "CREATE TABLE threadbook (version bigint NOT NULL)"


def migrate(connection: Connection, address: Address) -> None:
    """Bring the schema to the newest version, one transaction for each step.

    Raises StoreFormatError for a schema of a later version, or of another application.
    """
    while (version := _version(connection, address)) < len(MIGRATIONS):
        with connection.transaction():
            # Of several processes that find the same old version, the others wait here.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (address.lock,))
            if _version(connection, address) == version:
                if version == 0:
                    _begin(connection, address)
                connection.execute(MIGRATIONS[version].encode(), prepare=False)
                connection.execute("UPDATE threadbook SET version = %s", (version + 1,))
    if version > len(MIGRATIONS):
        raise StoreFormatError(
            f"{address.url} has schema version {version}; this threadbook knows {len(MIGRATIONS)}",
            remedy="upgrade threadbook",
        )


def _begin(connection: Connection, address: Address) -> None:
    ((encoding,),) = _fetch(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        raise StoreFormatError(
            f"{address.url} is encoded in {encoding}, which does not have all characters",
            remedy="name a database that was created with ENCODING 'UTF8'",
        )
    if not _fetch(connection, "SELECT FROM pg_namespace WHERE nspname = %s", address.schema):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(address.schema)))
    connection.execute(_VERSION_TABLE)
    connection.execute("INSERT INTO threadbook VALUES (0)")


def _version(connection: Connection, address: Address) -> int:
    """Return how many migrations have been run; 0 where the schema is empty or absent."""
    ((is_ours, is_used),) = _fetch(
        connection,
        "SELECT to_regclass(%s) IS NOT NULL,"
        " EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(%s))",
        f'"{address.schema}".threadbook',
        f'"{address.schema}"',
    )
    if is_ours:
        try:
            ((version,),) = _fetch(connection, "SELECT version FROM threadbook")
        except ValueError:
            raise StoreCorrupt(f"{address.url} has lost its version") from None
        except psycopg.errors.UndefinedColumn:
            is_ours = False
        else:
            return int(version)
    if is_used:
        raise StoreFormatError(
            f"{address.url} holds tables, but is no threadbook store",
            remedy="name another schema with ?schema=name",
        )
    return 0


def damage(connection: Connection) -> list[str]:
    """Return how the schema differs from what the migrations make.

    They are run once more, as temporary tables that are gone with the transaction.
    """
    actual = _definitions(connection)
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL search_path = pg_temp")
            connection.execute(_VERSION_TABLE)
            for script in MIGRATIONS:
                connection.execute(script.encode(), prepare=False)
            wanted = _definitions(connection)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
        return []  # a reader may make no tables; the rows themselves are checked without them
    missing, strange = sorted(wanted - actual), sorted(actual - wanted)
    strange = [what for what in strange if not is_declared_index(what.removeprefix("index "))]
    return [f"the schema lacks {what}" for what in missing] + [
        f"the schema has {what}, which is not of threadbook" for what in strange
    ]


_DEFINITIONS = """
    WITH relation AS (
        SELECT oid, relname, relkind FROM pg_class
        WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'threadbook'::regclass)
    )
    SELECT 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
        || CASE WHEN attnotnull THEN ' not null' ELSE '' END
        || coalesce(' ' || attgenerated::text || ' ' || pg_get_expr(adbin, adrelid, true), '')
        FROM pg_attribute JOIN relation ON relation.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v', 'm', 'p', 'f')
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(indexrelid, 0, true)
        || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END
        FROM pg_index JOIN relation ON relation.oid = indrelid
    UNION ALL
    SELECT 'constraint ' || relname || ' ' || pg_get_constraintdef(c.oid, true)
        FROM pg_constraint c JOIN relation ON relation.oid = conrelid WHERE contype <> 'n'
    UNION ALL
    SELECT 'trigger ' || relname || ' ' || tgname
        FROM pg_trigger JOIN relation ON relation.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT 'rule ' || relname || ' ' || rulename
        FROM pg_rewrite JOIN relation ON relation.oid = ev_class
    UNION ALL
    SELECT 'function ' || proname || '(' || pg_get_function_identity_arguments(p.oid) || ') '
        || p.provolatile::text || ' ' || md5(concat(prosrc, ' ', p.proconfig::text))
        FROM pg_proc p
        WHERE pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'threadbook'::regclass)
"""


def _definitions(connection: Connection) -> set[str]:
    """Return the columns, indexes, constraints, triggers, rules and functions of the schema."""
    return {text for (text,) in _fetch(connection, _DEFINITIONS)}


def _fetch(connection: Connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode(), values).fetchall()
