import ArgumentParser
import FoundationEssentials
import PerfSessions

/// A service that runs jobs for a repository.
enum ContinuousIntegration: String, ExpressibleByArgument, CaseIterable {
    case github, gitlab, shell, none

    /// A file that `perfdoctor init` writes.
    struct File {
        /// From the top of the repository.
        var path: String
        var text: String
        var isExecutable = false
    }

    /// The one that a repository uses: by its files, else by the address of its remote; shell where nothing tells.
    static func found(in repository: GitRepository) throws -> ContinuousIntegration {
        func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(repository.root)/\(path)") }
        if exists(".github/workflows") { return .github }
        if exists(".gitlab-ci.yml") { return .gitlab }
        if exists(".github") { return .github }
        if exists(".gitlab") { return .gitlab }
        // Also a company's own server is usually called after what runs on it.
        let host = host(of: try repository.remoteAddress() ?? "")
        if host.contains("github") { return .github }
        return host.contains("gitlab") ? .gitlab : .shell
    }

    /// Of `https://user@host/path`, `ssh://host/path` or `user@host:path`.
    static func host(of address: String) -> String {
        let rest: Substring
        if let scheme = address.firstRange(of: "://") {
            rest = address[scheme.upperBound...].prefix { $0 != "/" }
        } else if let colon = address.firstIndex(of: ":"), !address[..<colon].contains("/") {
            rest = address[..<colon]
        } else {
            return ""
        }
        return (rest.split(separator: "@").last ?? "").lowercased()
    }

    var files: [File] {
        let shell = File(path: "ci/perfdoctor-gate", text: JobTemplates.shell, isExecutable: true)
        return switch self {
        case .none: []
        case .shell: [shell]
        case .github: [shell, File(path: ".github/workflows/perfdoctor.yml", text: JobTemplates.gitHub)]
        case .gitlab: [shell, File(path: ".gitlab/perfdoctor.yml", text: JobTemplates.gitLab)]
        }
    }

    /// What people have to do before the job works.
    var steps: [String] {
        let perfdoctor =
            "have perfdoctor in PATH where it runs, or set PERFDOCTOR_EXECUTABLE, "
            + "or PERFDOCTOR_REPOSITORY to build it there"
        return switch self {
        case .none: []
        case .shell: ["let your CI run, on a clone with its history: ci/perfdoctor-gate BASE", perfdoctor]
        case .github: [perfdoctor + " (variables of the repository)"]
        case .gitlab:
            [
                "include it in .gitlab-ci.yml:  include: [{ local: .gitlab/perfdoctor.yml }]",
                perfdoctor + " (variables of the project)",
            ]
        }
    }
}
