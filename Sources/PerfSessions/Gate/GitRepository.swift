import FoundationEssentials
import PerfLinux
import PerfModel

/// A work tree of git, and trees of other revisions beside it.
package struct GitRepository: Sendable {
    /// The top of the work tree.
    package let root: String
    /// The directory within it that was asked for, with a slash at its end; empty for the top.
    package let prefix: String
    private let interruption: (any RunInterruption)?

    /// A revision, as people and as git name it.
    package struct Revision: Hashable, Sendable {
        /// `"main"`; for what lies in the work tree, `"work tree"`.
        package var name: String
        package var commit: String

        /// `"main (3f2a1c0d)"`.
        package var text: String {
            commit.hasPrefix(name) ? String(commit.prefix(12)) : "\(name) (\(commit.prefix(8)))"
        }
    }

    /// Finds the repository that a directory is in.
    ///
    /// - Parameters:
    ///   - directory: any within the work tree.
    ///   - interruption: ends what git does.
    /// - Throws: ``GateBuildError`` where there is none.
    package init(at directory: String = ".", interruption: (any RunInterruption)? = nil) throws {
        self.interruption = interruption
        let answer = try Self.git(["rev-parse", "--show-toplevel", "--show-prefix"], in: directory, interruption)
        guard answer.isSuccess else { throw GateBuildError.noRepository(reason: answer.log.trimmed) }
        let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        root = lines[0]
        prefix = lines.count > 1 ? lines[1] : ""
    }

    /// The commit of a revision.
    package func revision(_ name: String) throws -> Revision {
        let answer = try git("rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
        guard answer.isSuccess else {
            let isShallow = try git("rev-parse", "--is-shallow-repository").text.trimmed == "true"
            throw GateBuildError.unknownRevision(name, isShallow: isShallow)
        }
        return Revision(name: name, commit: answer.text.trimmed)
    }

    /// Where two revisions parted; nil where nobody can tell: in a shallow clone, or without common history.
    package func mergeBase(of first: Revision, _ second: Revision) throws -> String? {
        let answer = try git("merge-base", first.commit, second.commit)
        return answer.isSuccess ? answer.text.trimmed : nil
    }

    /// Files of the work tree that differ from its commit; untracked ones that are not ignored count.
    package func changedFiles() throws -> [String] {
        let answer = try git("status", "--porcelain")
        guard answer.isSuccess else { throw GateBuildError.git(command: "status", reason: answer.log.trimmed) }
        return answer.text.split(separator: "\n").map { String($0.dropFirst(3)) }
    }

    package var branch: String? {
        get throws {
            let name = try git("rev-parse", "--abbrev-ref", "HEAD").text.trimmed
            return name.isEmpty || name == "HEAD" ? nil : name
        }
    }

    /// The address of the remote that people call origin; nil where there is none.
    package func remoteAddress() throws -> String? {
        let answer = try git("config", "--get", "remote.origin.url")
        return answer.isSuccess ? answer.text.trimmed : nil
    }

    /// Puts the files of a revision into a directory that does not exist yet.
    ///
    /// Hooks of the repository are not run.
    package func checkOut(_ revision: Revision, to directory: String) throws {
        let answer = try git(
            "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", directory, revision.commit)
        guard answer.isSuccess else {
            if answer.isCancelled { throw GateBuildError.stopped }
            throw GateBuildError.git(command: "worktree add", reason: answer.log.trimmed)
        }
        guard FileManager.default.fileExists(atPath: directory + "/.gitmodules") else { return }
        let modules = try Self.git(
            ["-c", "core.hooksPath=/dev/null", "submodule", "--quiet", "update", "--init", "--recursive"],
            in: directory, interruption)
        guard modules.isSuccess else {
            throw GateBuildError.git(command: "submodule update", reason: modules.log.trimmed)
        }
    }

    /// Removes such a directory, and git's memory of it.
    ///
    /// - Returns: why it could not be removed; nil for success.
    package func remove(_ directory: String) -> String? {
        // An interruption that was asked for must not keep it from being cleaned up.
        switch Result(catching: { () throws(SystemCallError) in
            try Self.git(["worktree", "remove", "--force", "--force", directory], in: root, nil)
        }) {
        case .success(let answer): return answer.isSuccess ? nil : answer.log.trimmed
        case .failure(let error): return error.summary
        }
    }

    private func git(_ arguments: String...) throws(SystemCallError) -> ToolRun.Result {
        try Self.git(arguments, in: root, interruption)
    }

    static func git(
        _ arguments: [String], in directory: String, _ interruption: (any RunInterruption)?
    ) throws(SystemCallError) -> ToolRun.Result {
        var run = ToolRun(arguments: ["git"] + arguments, directory: directory)
        run.environment = ["LC_ALL=C", "GIT_TERMINAL_PROMPT=0"]
        run.interruption = interruption
        return try run.run()
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
