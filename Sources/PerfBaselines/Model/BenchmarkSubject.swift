/// What was measured, a revision of a repository or a program alone; unknown is empty or nil.
package struct BenchmarkSubject: Hashable, Sendable, Codable {
    package var repository: String?
    package var commit: String?
    package var mergeBase: String?
    /// Whether the work tree differs from the commit.
    package var isDirty: Bool?
    package var branch: String?
    /// `"release"`.
    package var buildConfiguration: String?
    package var flags: [String]
    package var swiftVersion: String?
    /// Hexadecimal SHA-256 of the program that was run.
    package var binarySHA256: String?
    package var lockfileSHA256: String?

    package init(
        repository: String? = nil, commit: String? = nil, mergeBase: String? = nil, isDirty: Bool? = nil,
        branch: String? = nil, buildConfiguration: String? = nil, flags: [String] = [], swiftVersion: String? = nil,
        binarySHA256: String? = nil, lockfileSHA256: String? = nil
    ) {
        self.repository = repository
        self.commit = commit
        self.mergeBase = mergeBase
        self.isDirty = isDirty
        self.branch = branch
        self.buildConfiguration = buildConfiguration
        self.flags = flags
        self.swiftVersion = swiftVersion
        self.binarySHA256 = binarySHA256
        self.lockfileSHA256 = lockfileSHA256
    }

    private enum CodingKeys: String, CodingKey {
        case repository = "repo"
        case commit
        case mergeBase = "merge_base"
        case isDirty = "dirty"
        case branch
        case buildConfiguration = "build_config"
        case flags
        case swiftVersion = "swift_version"
        case binarySHA256 = "binary_sha256"
        case lockfileSHA256 = "lockfile_sha256"
    }
}
