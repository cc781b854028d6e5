import Glibc
import PerfLinux
import PerfModel

/// The library that is loaded into programs whose heap is recorded, as a file that they can read.
package enum PreloadLibrary {
    /// Its path: beside the executable where it was installed, else a file in a directory of our own.
    ///
    /// - Throws: when no such file can be made.
    package static func path() throws(HeapError) -> String {
        if let installed = installedPath() { return installed }
        let bytes = bytes()
        let directory = try ownDirectory()
        let path = "\(directory)/libperfdoctor-preload-\(String(hash(bytes), radix: 16)).so"
        if isSame(path, bytes) { return path }
        do {
            try OutputFile.writeOwn(bytes, to: path)
            // Targets that run as another user read it as well; only its owner can change it.
            // SAFETY: the path is a terminated string for the duration of the call.
            unsafe chmod(path, 0o755)
        } catch {
            throw .noLibrary(path: path, reason: "\(error)")
        }
        guard isSame(path, bytes) else { throw .noLibrary(path: path, reason: "it was changed by somebody else") }
        return path
    }

    private static func installedPath() -> String? {
        guard
            case .success(let link) = Result(catching: { () throws(SystemCallError) in
                try ProcFileSystem().linkTarget(of: "self/exe")
            }), let slash = link.lastIndex(of: "/")
        else { return nil }
        let path = "\(link[..<slash])/lib/perfdoctor/libperfdoctor-preload.so"
        return isSame(path, bytes()) ? path : nil
    }

    /// A directory that only we can write to: root's where every target can read it, a user's own cache otherwise.
    private static func ownDirectory() throws(HeapError) -> String {
        func variable(_ name: String) -> String? {
            // SAFETY: the result is null or a terminated string, which is copied at once.
            unsafe getenv(name).map { unsafe String(cString: $0) }
        }
        var candidates: [String] = []
        if geteuid() == 0 {
            candidates.append("/run/perfdoctor")
        } else {
            if let cache = variable("XDG_CACHE_HOME"), cache.hasPrefix("/") { candidates.append("\(cache)/perfdoctor") }
            if let home = variable("HOME"), home.hasPrefix("/") { candidates.append("\(home)/.cache/perfdoctor") }
        }
        candidates.append("/tmp/perfdoctor-\(geteuid())")
        for candidate in candidates {
            var status = stat()
            // SAFETY: the path is a terminated string for the duration of each call; `status` outlives the second one.
            unsafe mkdir(candidate, 0o755)
            guard unsafe lstat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                status.st_uid == geteuid(), status.st_mode & 0o022 == 0, unsafe access(candidate, W_OK) == 0
            else { continue }
            return candidate
        }
        throw .noLibrary(path: candidates.joined(separator: ", "), reason: "no directory there is ours alone")
    }

    private static func isSame(_ path: String, _ bytes: [UInt8]) -> Bool {
        guard
            case .success(let file) = Result(catching: { () throws(SystemCallError) in try OpenFile(path: path) }),
            file.status.owner == geteuid() || file.status.owner == 0, file.byteCount == UInt64(bytes.count)
        else { return false }
        return file.bytes(at: FileOffset(rawValue: 0), count: bytes.count) == bytes
    }

    static func bytes() -> [UInt8] {
        // SAFETY: the constant's bytes live as long as the program.
        let text = unsafe UnsafeBufferPointer(
            start: PreloadBytes.hexadecimal.utf8Start, count: PreloadBytes.hexadecimal.utf8CodeUnitCount)
        func digit(_ byte: UInt8) -> UInt8 { byte > 0x39 ? byte - 0x57 : byte - 0x30 }
        return (0..<text.count / 2).map { unsafe digit(text[2 * $0]) << 4 | digit(text[2 * $0 + 1]) }
    }

    /// FNV-1a, for the name of the file only.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
