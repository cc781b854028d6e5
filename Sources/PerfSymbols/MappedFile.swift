import PerfLinux
import PerfModel

/// The file behind a mapping of a process, open, and surely the one that is mapped.
package struct MappedFile: Sendable {
    /// How the mapped file is told from another one at the same path.
    package enum Identity: Hashable, Sendable {
        case unknown
        case buildID([UInt8])
        case inode(UInt64)
    }

    package let file: OpenFile
    package let elf: ElfImage

    /// Where the file of a mapping can be had, best first.
    private enum Source: CaseIterable {
        /// The mapping itself: the right file even when it was deleted; needs privileges.
        case mapping
        /// Its path, as the process sees it.
        case path
    }

    /// Opens the file of a mapping: the mapping itself first, then its path in the process's root.
    ///
    /// - Parameters:
    ///   - path: as the process sees it.
    ///   - range: where it is mapped.
    ///   - pid: the process; it may have ended.
    ///   - root: the process's root directory.
    ///   - identity: what the kernel told of the file when it was mapped.
    ///   - proc: where processes are to be found.
    /// - Returns: the file, or why there is none.
    package static func open(
        _ path: String, mappedAt range: Range<CodeAddress>, pid: Int32, root: RootDirectory?, identity: Identity,
        proc: ProcFileSystem
    ) -> Availability<MappedFile> {
        var problem = "\(path.printable) cannot be opened"
        for source in Source.allCases {
            do {
                let file: OpenFile
                switch source {
                case .mapping:
                    let bounds = [range.lowerBound, range.upperBound].map { String($0.rawValue, radix: 16) }
                    file = try OpenFile(path: "\(proc.root)/\(pid)/map_files/\(bounds[0])-\(bounds[1])")
                case .path:
                    guard let root else { throw SystemCallError(operation: "open", subject: path, errno: 3) }
                    file = try root.file(at: path)
                }
                let elf = try ElfImage(file)
                if isSame(file, elf, identity, from: source) { return .available(MappedFile(file: file, elf: elf)) }
                problem = "\(path.printable) was replaced or deleted after it was mapped"
            } catch {
                problem = "\(error)"
            }
        }
        return .unavailable(reason: problem, remedy: nil)
    }

    private static func isSame(_ file: OpenFile, _ elf: ElfImage, _ identity: Identity, from source: Source) -> Bool {
        switch identity {
        case .unknown: true
        // The range may hold another program by now: an exec puts programs without PIE at the same addresses.
        case .buildID(let buildID): elf.buildID == buildID
        // The device is left out: overlay and btrfs report another one in maps than in stat.
        case .inode(let number): source == .mapping || file.status.inode == number
        }
    }
}
