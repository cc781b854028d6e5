import PerfBaselines
import PerfLinux
import PerfModel

/// What the file of a baseline has been, by the commits of the repository that it is in.
package struct BaselineFileHistory {
    private let baseline: StoredBaseline
    private let directory: String
    private let file: String
    private let interruption: (any RunInterruption)?

    /// - Parameters:
    ///   - baseline: of a store of files, as it is now.
    ///   - interruption: ends what git does.
    package init(of baseline: StoredBaseline, interruption: (any RunInterruption)? = nil) {
        self.baseline = baseline
        let parts = baseline.location.split(separator: "/", omittingEmptySubsequences: false)
        directory = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
        file = parts.last.map(String.init) ?? baseline.location
        self.interruption = interruption
    }

    /// Adds every version to a trend, the oldest first and the file as it is now last.
    ///
    /// - Parameters:
    ///   - builder: of the trend.
    ///   - limit: at most so many commits, the newest.
    /// - Returns: doubts: no repository, or one that is cut off.
    /// - Throws: when git cannot be run.
    package func add(to builder: inout TrendBuilder, limit: Int) throws -> [Warning] {
        let (commits, warnings) = try commits(limit: limit)
        for commit in commits.reversed() {
            let answer = try git(["cat-file", "blob", "\(commit.id):./\(file)"])
            guard answer.isSuccess else {
                throw GateBuildError.git(command: "cat-file", reason: answer.log)
            }
            builder.add(version(answer.text, of: commit.id), commit: commit.id, time: commit.time)
        }
        builder.add(.whole(baseline))
        return warnings
    }

    private func version(_ text: String, of commit: String) -> BaselineVersion {
        let location = "\(commit.prefix(12)):\(baseline.location)"
        do throws(BaselineStoreError) {
            var version = baseline
            version.location = location
            version.result = try BaselineText.checked(Array(text.utf8), at: location)
            return .whole(version)
        } catch {
            return .broken(location: location, reason: error.summary)
        }
    }

    /// The newest first.
    private func commits(limit: Int) throws -> (commits: [(id: String, time: Int64)], warnings: [Warning]) {
        let answer = try git([
            "--literal-pathspecs", "log", "--no-show-signature", "--diff-filter=AMT", "--format=%H %ct",
            "--max-count=\(limit)", "--", file,
        ])
        guard answer.isSuccess else {
            if answer.isCancelled { throw GateBuildError.stopped }
            return (
                [],
                [
                    Warning(
                        code: "no_history",
                        message: "only the baseline as it is now: \(baseline.location) is in no repository of git ("
                            + "\(answer.log.split(separator: "\n").first.map(String.init) ?? answer.ending))",
                        remedy: "keep baselines in git, or in a database: --store postgresql://USER@HOST/DATABASE")
                ]
            )
        }
        let commits = answer.text.split(separator: "\n").compactMap { line -> (id: String, time: Int64)? in
            let words = line.split(separator: " ")
            guard words.count == 2, let seconds = Int64(words[1]) else { return nil }
            let (time, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            return overflow ? nil : (String(words[0]), time)
        }
        guard try git(["rev-parse", "--is-shallow-repository"]).text.hasPrefix("true") else { return (commits, []) }
        return (
            commits,
            [
                Warning(
                    code: "history_cut", message: "this clone is shallow: older versions are not here",
                    remedy: "git fetch --unshallow; in a CI job, fetch the whole history (fetch-depth: 0)")
            ]
        )
    }

    private func git(_ arguments: [String]) throws(SystemCallError) -> ToolRun.Result {
        try GitRepository.git(arguments, in: directory, interruption)
    }
}
