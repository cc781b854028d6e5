import FoundationEssentials
import PerfLinux
import PerfModel

/// Base and head as directories with built programs, gone when it is closed.
package final class RevisionBuild {
    package let base: GitRepository.Revision
    package let head: GitRepository.Revision
    package let mergeBase: String?
    /// Where programs of base run: the directory that perfdoctor was called in, as it is there.
    package let baseDirectory: String
    package let headDirectory: String
    /// The tops of their trees.
    let baseRoot: String
    package let headRoot: String
    package private(set) var warnings: [Warning] = []
    /// Whether head has changes that no commit has.
    package let isDirty: Bool

    private let repository: GitRepository
    private let folder: String
    /// From the top of a tree to the directory, with a slash before it; empty for the top.
    private let prefix: String
    private var checkedOut: [String] = []
    let interruption: (any RunInterruption)?

    /// Checks both out.
    ///
    /// - Parameters:
    ///   - base: a revision; what is compared with is where head parted from it.
    ///   - head: a revision; nil for the work tree as it is.
    ///   - repository: of both.
    ///   - usesMergeBase: false to compare with base itself.
    ///   - interruption: ends it.
    /// - Throws: when a revision cannot be had; nothing is left behind then.
    package init(
        base: String, head: String?, in repository: GitRepository, usesMergeBase: Bool,
        interruption: (any RunInterruption)?
    ) throws {
        self.repository = repository
        self.interruption = interruption
        var base = try repository.revision(base)
        if let head {
            self.head = try repository.revision(head)
            isDirty = false
        } else {
            var current = try repository.revision("HEAD")
            let changed = try repository.changedFiles()
            current.name = "work tree"
            self.head = current
            isDirty = !changed.isEmpty
            if let first = changed.first {
                warnings.append(
                    Warning(
                        code: "dirty",
                        message: "head is the work tree with \(Quantity.counted(Int64(changed.count), "file")) that no "
                            + "commit has, such as \(first.printable)",
                        remedy: "commit them, or name a revision: --head REV"))
            }
        }
        mergeBase = usesMergeBase ? try repository.mergeBase(of: base, self.head) : base.commit
        if let mergeBase, mergeBase != base.commit {
            base = GitRepository.Revision(name: "merge base with \(base.name)", commit: mergeBase)
        } else if mergeBase == nil {
            warnings.append(
                Warning(
                    code: "no_merge_base",
                    message: "where head parted from \(base.name.printable) cannot be told, so it is compared with "
                        + "\(base.name.printable) as it is",
                    remedy: "fetch the whole history: git fetch --unshallow"))
        }
        self.base = base
        folder = FileManager.default.temporaryDirectory.path.droppingSlash + "/perfdoctor-gate-\(UUID().uuidString)"
        prefix = repository.prefix.isEmpty ? "" : "/" + repository.prefix.droppingSlash
        baseRoot = folder + "/base"
        baseDirectory = baseRoot + prefix
        headRoot = head == nil ? repository.root : folder + "/head"
        headDirectory = headRoot + prefix
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            for (revision, name) in [(base, "base")] + (head == nil ? [] : [(self.head, "head")]) {
                checkedOut.append("\(folder)/\(name)")
                try repository.checkOut(revision, to: "\(folder)/\(name)")
            }
        } catch {
            for problem in close() { warnings.append(problem) }
            throw error
        }
    }

    /// Builds both, with the same command.
    ///
    /// - Parameters:
    ///   - command: nil for the usual one: `swift build -c release` of a Swift package, nothing of anything else.
    ///   - isInPlugin: whether it is a plugin of SwiftPM that runs us.
    ///   - progress: called before each.
    /// - Throws: when one of them cannot be built.
    package func build(_ command: [String]?, isInPlugin: Bool = false, progress: (String) -> Void) throws {
        for (side, directory) in [("base", baseDirectory), ("head", headDirectory)] {
            guard let command = command ?? usualBuild(in: directory) else { continue }
            progress("building \(side)")
            try run(command, in: directory, side: side, isInPlugin: isInPlugin)
        }
    }

    /// How a directory is built unless somebody says it; nil where nothing is.
    func usualBuild(in directory: String) -> [String]? {
        let isPackage = FileManager.default.fileExists(atPath: directory + "/Package.swift")
        return isPackage ? ["swift", "build", "-c", "release"] : nil
    }

    /// The directory of a tree that perfdoctor was called in.
    func directory(_ root: String) -> String { root + prefix }

    /// Runs a command that builds.
    func run(_ command: [String], in directory: String, side: String, isInPlugin: Bool) throws {
        var command = command
        // `swift package` holds the lock of the work tree while the plugin that runs us waits for us.
        if isInPlugin, LinkLayouts.isSwift(command) { command.insert("--ignore-lock", at: 2) }
        var run = ToolRun(arguments: command, directory: directory)
        // SwiftPM leaves locks and more for temporary files, called after a directory that will be gone.
        try FileManager.default.createDirectory(atPath: folder + "/tmp", withIntermediateDirectories: true)
        run.environment = ["TMPDIR=\(folder)/tmp"]
        run.interruption = interruption
        let result = try run.run()
        if result.isCancelled { throw GateBuildError.stopped }
        guard result.isSuccess else {
            throw GateBuildError.build(
                side: side, command: command.joined(separator: " "), ending: result.ending, log: result.log)
        }
    }

    /// Removes what was checked out.
    ///
    /// - Returns: what could not be removed.
    @discardableResult
    package func close() -> [Warning] {
        var problems: [Warning] = []
        for directory in checkedOut where FileManager.default.fileExists(atPath: directory) {
            guard let reason = repository.remove(directory) else { continue }
            problems.append(
                Warning(
                    code: "left_behind", message: "\(directory.printable) could not be removed: \(reason.printable)",
                    remedy: "git worktree remove --force \(directory)"))
        }
        checkedOut = []
        do {
            if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
        } catch {
            problems.append(
                Warning(
                    code: "left_behind", message: "\(folder.printable) could not be removed: \(error)",
                    remedy: "rm -r \(folder)"))
        }
        return problems
    }
}

extension String {
    fileprivate var droppingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
