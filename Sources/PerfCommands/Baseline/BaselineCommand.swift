import ArgumentParser
import PerfBaselines
import PerfClients
import PerfModel

/// Keeps results to compare later ones with.
struct BaselineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Keeps results to gate later ones against: in files that belong into git, or in a database.",
        discussion: """
            A baseline is a file Baselines/MACHINE-CLASS/NAME.json: reviewable JSON with
            its samples, one on a line, and a checksum. Timings compare on machines of
            one class alone. RESULT and FILE are what perfdoctor writes (benchmark, probe,
            diagnosis, heap, profile), or results of hyperfine, ordo-one/benchmark,
            google/swift-benchmark, Google Benchmark, criterion, pytest-benchmark, k6,
            Locust, JMH, go test -bench, vegeta, oha, github-action-benchmark and the
            tuning guide's run_load_test.py, found by their contents.

            --store postgresql://USER@HOST/DATABASE keeps them in a PostgreSQL database
            (libpq5), with all that they have been: results are added, never changed, and
            go by 'prune' alone. Its tables, in the schema perfdoctor, are made on the
            first save. A password comes from PGPASSWORD or ~/.pgpass, or stands in the
            address, escaped as URLs are, or as ${NAME} of the environment.

            EXAMPLES
              perfdoctor baseline save result.json --name parser
                                                    keep a result
              perfdoctor baseline import hyperfine.json k6.json
                                                    keep results of other tools
              perfdoctor baseline list              what there is, and how old it is
              perfdoctor baseline show parser       medians and spreads
              perfdoctor baseline export parser -o parser.json
                                                    the document, for programs
              perfdoctor baseline prune --older-than 90d --dry-run
                                                    what would be removed
              perfdoctor baseline show parser --trend
                                                    what changed, when, and by how much
              perfdoctor baseline save result.json --name parser --store postgresql://ci@db/perf
                                                    keep it where other machines see it
              perfdoctor baseline show guides/small what a tuning guide promises
            """,
        subcommands: [
            BaselineListCommand.self, BaselineShowCommand.self, BaselineSaveCommand.self, BaselineImportCommand.self,
            BaselineExportCommand.self, BaselinePruneCommand.self,
        ]
    )
}

/// Where baselines are.
struct BaselineStoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the baselines, or a PostgreSQL database: postgresql://USER@HOST/DATABASE; ${NAME} in it is "
                + "a variable of the environment.", valueName: "store"))
    var store = FileBaselineStore.defaultFolder

    func opened() throws -> any BaselineStore { try Self.opened(store) }

    /// The store of a baseline, and its name there: `postgresql://USER@HOST/DATABASE#NAME` has both.
    func opened(for baseline: String) throws -> (store: any BaselineStore, name: String) {
        guard PostgreSQLAddress.isOne(baseline) else { return (try opened(), baseline) }
        guard let sign = baseline.lastIndex(of: "#") else { throw UnnamedBaselineError() }
        return (
            try Self.opened(String(baseline[..<sign])), String(baseline[baseline.index(after: sign)...])
        )
    }

    /// A store by what it is called.
    static func opened(_ store: String) throws -> any BaselineStore {
        if PostgreSQLAddress.isOne(store) { return PostgreSQLBaselineStore(try PostgreSQLAddress(store)) }
        // A folder called mysql: would surprise everybody.
        guard !store.contains("://") else { throw UnknownStoreError(store: store) }
        return FileBaselineStore(root: store)
    }

    /// The store for people, without a password.
    var description: String {
        guard PostgreSQLAddress.isOne(store),
            case .success(let address) = Result(catching: { () throws(PostgreSQLError) in
                try PostgreSQLAddress(store)
            })
        else { return store }
        return address.description
    }
}

/// A database without the name of a baseline in it.
struct UnnamedBaselineError: UserFacingError, Hashable {
    var summary: String { "the database has many baselines, and none is named" }
    var remedy: String? { "write its name behind the address: --baseline 'postgresql://USER@HOST/DATABASE#NAME'" }
    var exitCode: PerfModel.ExitCode { .usage }
}

/// A store of a kind that is not known.
struct UnknownStoreError: UserFacingError, Hashable {
    var store: String

    // A URL may hold a password: its scheme is enough.
    var summary: String {
        "baselines are kept in folders and in PostgreSQL, not in \(String(store.prefix { $0 != ":" }).printable)://"
    }
    var remedy: String? { "name a folder, --store Baselines, or --store postgresql://USER@HOST/DATABASE" }
    var exitCode: PerfModel.ExitCode { .usage }
}

/// How a result is shown.
enum BaselineFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
