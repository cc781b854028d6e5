import ArgumentParser
import PerfBaselines
import PerfModel

/// Keeps results to compare later ones with.
struct BaselineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Keeps results to gate later ones against: in files that belong into git.",
        discussion: """
            A baseline is a file Baselines/MACHINE-CLASS/NAME.json: reviewable JSON with
            its samples, one on a line, and a checksum. Timings compare on machines of
            one class alone. RESULT and FILE are what perfdoctor writes (benchmark, probe,
            diagnosis, heap, profile), or results of hyperfine, ordo-one/benchmark,
            google/swift-benchmark, Google Benchmark, criterion, pytest-benchmark, k6,
            Locust, JMH, go test -bench, vegeta, oha, github-action-benchmark and the
            tuning guide's run_load_test.py, found by their contents.

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
    @Option(help: ArgumentHelp("The folder of the baselines.", valueName: "folder"))
    var store = FileBaselineStore.defaultFolder

    func opened() throws(UnknownStoreError) -> any BaselineStore {
        // A folder called postgres: would surprise everybody.
        guard !store.contains("://") else { throw UnknownStoreError(store: store) }
        return FileBaselineStore(root: store)
    }
}

/// A store that is no folder.
struct UnknownStoreError: UserFacingError, Hashable {
    var store: String

    // A URL may hold a password: its scheme is enough.
    var summary: String {
        "baselines are kept in folders, not in \(String(store.prefix { $0 != ":" }).printable)://"
    }
    var remedy: String? { "name a folder: --store Baselines" }
    var exitCode: PerfModel.ExitCode { .usage }
}

/// How a result is shown.
enum BaselineFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
