import PerfClients
import PerfModel

/// The tables of a ``PostgreSQLBaselineStore``, and the way from each version of them to the next.
///
/// They stand in a schema of their own, `perfdoctor`, so that a database may be shared with others. Rows are added and
/// never changed; a trigger holds everybody to that.
enum PostgreSQLSchema {
    /// What this program reads and writes.
    static var version: Int { steps.count }

    /// Only one program at a time may change tables: "perfdocs" as a number.
    private static let lock = "8097865044183376243"

    /// What the database has.
    ///
    /// - Returns: 0 for no tables at all.
    /// - Throws: when it has those of a newer program.
    static func current(_ connection: PostgreSQLConnection) throws(PostgreSQLError) -> Int {
        // Not to_regclass(): within a transaction it does not see what others have made since it was last asked.
        let found = try connection.run(
            """
            SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'perfdoctor' AND c.relname = 'schema_version')
            """)
        guard found.first?.first == "t" else { return 0 }
        let rows = try connection.run("SELECT coalesce(max(version), 0) FROM perfdoctor.schema_version")
        guard let version = rows.first?.first?.flatMap({ Int($0) }), version >= 0 else {
            throw .unexpected(address: connection.address.description, what: "no version of its tables")
        }
        return version
    }

    /// Brings the tables to ``version``.
    ///
    /// - Throws: what the server refuses; nothing has changed then.
    static func migrate(_ connection: PostgreSQLConnection) throws(BaselineStoreError) {
        try connection.transaction(failed: BaselineStoreError.database) { () throws(BaselineStoreError) in
            do throws(PostgreSQLError) {
                try connection.run("SELECT pg_advisory_xact_lock($1::bigint)", [lock])
                // Somebody else may have done it while we waited.
                let present = try current(connection)
                for (index, step) in steps.enumerated().dropFirst(present) {
                    for command in step { try connection.run(command) }
                    try connection.run(
                        "INSERT INTO perfdoctor.schema_version (version, tool) VALUES ($1::integer, $2)",
                        ["\(index + 1)", ToolVersion.current.version])
                }
            } catch {
                throw .database(error)
            }
        }
    }

    /// One list of commands a version; those that have been published are never changed.
    private static let steps: [[StaticString]] = [
        [
            "CREATE SCHEMA IF NOT EXISTS perfdoctor",
            """
            CREATE TABLE perfdoctor.schema_version (
                version integer PRIMARY KEY,
                tool text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now())
            """,
            """
            CREATE TABLE perfdoctor.machine_class (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                name text NOT NULL UNIQUE)
            """,
            // The document is kept as it was checked: with its samples, in order, under its checksum.
            """
            CREATE TABLE perfdoctor.run (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                machine_class bigint NOT NULL REFERENCES perfdoctor.machine_class,
                name text NOT NULL,
                document text NOT NULL,
                sha256 text NOT NULL,
                started_at_ns bigint,
                commit text,
                saved_at timestamptz NOT NULL DEFAULT now())
            """,
            "CREATE INDEX run_current ON perfdoctor.run (machine_class, name, id DESC)",
            "CREATE INDEX run_age ON perfdoctor.run (started_at_ns)",
            """
            CREATE TABLE perfdoctor.series (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                machine_class bigint NOT NULL REFERENCES perfdoctor.machine_class,
                suite text NOT NULL,
                benchmark text NOT NULL,
                params text NOT NULL,
                metric text NOT NULL,
                unit text NOT NULL,
                toolchain text NOT NULL,
                benchmark_version text NOT NULL,
                identity text NOT NULL UNIQUE)
            """,
            """
            CREATE TABLE perfdoctor.run_series (
                run bigint NOT NULL REFERENCES perfdoctor.run ON DELETE CASCADE,
                series bigint NOT NULL REFERENCES perfdoctor.series,
                PRIMARY KEY (series, run))
            """,
            "CREATE INDEX run_series_run ON perfdoctor.run_series (run)",
            """
            CREATE FUNCTION perfdoctor.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'perfdoctor.% is append-only', TG_TABLE_NAME; END $$
            """,
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON perfdoctor.run
            FOR EACH STATEMENT EXECUTE PROCEDURE perfdoctor.refuse_change()
            """,
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON perfdoctor.series
            FOR EACH STATEMENT EXECUTE PROCEDURE perfdoctor.refuse_change()
            """,
        ]
    ]
}
