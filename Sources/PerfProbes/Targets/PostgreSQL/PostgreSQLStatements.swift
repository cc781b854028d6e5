/// All that is ever said to a PostgreSQL server.
///
/// Constants, each a SELECT inside a transaction that cannot write. None of them needs a lock of a table of the user's,
/// so that none queues behind DDL. A test compares this list with the log of a server.
package enum PostgreSQLStatements {
    static let ping: StaticString = "SELECT 1"

    static let begin: StaticString = "BEGIN READ ONLY"
    static let statementTimeout: StaticString = "SET LOCAL statement_timeout = '2s'"
    static let lockTimeout: StaticString = "SET LOCAL lock_timeout = '100ms'"
    static let showStatementTimeout: StaticString = "SHOW statement_timeout"
    static let showLockTimeout: StaticString = "SHOW lock_timeout"
    static let commit: StaticString = "COMMIT"
    static let rollback: StaticString = "ROLLBACK"

    static let identity: StaticString = """
        SELECT pg_catalog.current_setting('server_version'), \
        pg_catalog.pg_is_in_recovery(), pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'), \
        EXISTS (SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = 'pg_catalog.pg_locks'::pg_catalog.regclass \
        AND attname = 'waitstart')
        """

    static let settings: StaticString = """
        SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ('max_connections', \
        'superuser_reserved_connections', 'reserved_connections')
        """

    /// The statement's first word alone leaves the server: never a literal.
    static let sessions: StaticString = #"""
        SELECT pid, usename, application_name, state, wait_event_type, wait_event, \#
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() - xact_start), \#
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() - state_change), \#
        pg_catalog.upper(pg_catalog.substring(pg_catalog.left(query, 200), '^\s*([A-Za-z]+)')), \#
        CASE WHEN wait_event_type = 'Lock' THEN pg_catalog.array_to_string(pg_catalog.pg_blocking_pids(pid), ',') END \#
        FROM pg_catalog.pg_stat_activity WHERE pid <> pg_catalog.pg_backend_pid() AND datid IS NOT NULL \#
        AND state IS DISTINCT FROM 'idle' LIMIT 2000
        """#

    static let lockWaits: StaticString = """
        SELECT pid, EXTRACT(epoch FROM pg_catalog.clock_timestamp() - waitstart) FROM pg_catalog.pg_locks \
        WHERE NOT granted AND waitstart IS NOT NULL LIMIT 2000
        """

    static let connections: StaticString = """
        SELECT application_name, COALESCE(client_addr::text, 'socket'), pg_catalog.count(*) \
        FROM pg_catalog.pg_stat_activity WHERE datid IS NOT NULL \
        AND (backend_type = 'client backend' OR backend_type IS NULL) GROUP BY 1, 2 LIMIT 2000
        """

    static let database: StaticString = """
        SELECT blks_hit, blks_read FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()
        """

    static let statementsCatalog: StaticString = """
        SELECT pg_catalog.bool_or('total_exec_time' = ANY (p.proargnames)) FROM pg_catalog.pg_extension e \
        JOIN pg_catalog.pg_proc p ON p.pronamespace = e.extnamespace AND p.proname = 'pg_stat_statements' \
        WHERE e.extname = 'pg_stat_statements'
        """

    /// The schema of the extension, which may be any, and no other one: nobody else's function is called.
    static let statementsPath: StaticString = """
        SELECT pg_catalog.set_config('search_path', (SELECT pg_catalog.quote_ident(n.nspname) \
        FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
        WHERE e.extname = 'pg_stat_statements'), true)
        """

    /// Without texts, which may have hundreds of megabytes.
    static let statements: StaticString = """
        SELECT dbid, queryid, pg_catalog.sum(calls), pg_catalog.sum(total_exec_time) FROM pg_stat_statements(false) \
        GROUP BY 1, 2
        """

    static let statementTexts: StaticString = """
        SELECT queryid, pg_catalog.left(query, 1000) FROM pg_stat_statements(true) \
        WHERE queryid = ANY ($1::pg_catalog.int8[]) LIMIT 100
        """

    /// Every statement there is, as servers log them.
    package static var all: [String] {
        [
            ping, begin, statementTimeout, lockTimeout, showStatementTimeout, showLockTimeout, commit, rollback,
            identity, settings, sessions, lockWaits, connections, database, statementsCatalog, statementsPath,
            statements, statementTexts,
        ].map { $0.description }
    }
}
