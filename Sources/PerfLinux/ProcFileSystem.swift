import Glibc
import PerfModel

/// The /proc file system; the root is given so that recorded trees can stand in for the live one.
package struct ProcFileSystem: Hashable, Sendable {
    package let root: String

    package init(root: String = "/proc") {
        self.root = root
    }

    /// The whole of a small file that states no size, as files in /proc do.
    ///
    /// - Throws: the failed `open` or `read`; ESRCH and ENOENT mean that the process has ended.
    package func contents(of path: String, atMost limit: Int = 64 << 20) throws(SystemCallError) -> [UInt8] {
        try WholeFile.contents(of: "\(root)/\(path)", atMost: limit)
    }

    /// The names in a directory that are numbers (processes, or threads of a process), sorted.
    ///
    /// - Throws: the failed `open`; ENOENT means that the process has ended.
    package func numbers(in path: String) throws(SystemCallError) -> [Int32] {
        let full = path.isEmpty ? root : "\(root)/\(path)"
        // SAFETY: the path is a terminated string for the duration of the call.
        guard let directory = unsafe opendir(full) else {
            throw SystemCallError(operation: "open", subject: full, errno: Glibc.errno)
        }
        defer { unsafe closedir(directory) }
        var result: [Int32] = []
        // SAFETY: readdir's entry is valid until the next call on this directory, which nobody else uses.
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name), number > 0 { result.append(number) }
        }
        return result.sorted()
    }

    /// Where a symbolic link points, as text.
    ///
    /// - Throws: the failed `readlink`.
    package func linkTarget(of path: String) throws(SystemCallError) -> String {
        let full = "\(root)/\(path)"
        var buffer = [UInt8](repeating: 0, count: 4096)
        // SAFETY: readlink writes at most `count` bytes and returns how many.
        let length = unsafe buffer.withUnsafeMutableBytes { raw in
            guard let base = raw.baseAddress else { return -1 }
            return unsafe readlink(full, base.assumingMemoryBound(to: CChar.self), raw.count)
        }
        guard length >= 0 else { throw SystemCallError(operation: "readlink", subject: full, errno: Glibc.errno) }
        return String(decoding: buffer[..<length], as: UTF8.self)
    }

    /// Whether our process ids are those that the kernel itself counts by, and not a container's.
    package var isInFirstNamespace: Bool {
        // `PROC_PID_INIT_INO`, the same in every kernel.
        if case .success("pid:[4026531836]") = Result(catching: { () throws(SystemCallError) in
            try linkTarget(of: "self/ns/pid")
        }) {
            return true
        }
        return false
    }

    /// The name of a process's executable where the 15 bytes that the kernel keeps are only its beginning.
    package func fullName(ofProcess pid: Int32, comm: String) -> String {
        guard comm.utf8.count == 15 else { return comm }
        let link = Result { () throws(SystemCallError) in try linkTarget(of: "\(pid)/exe") }
        guard case .success(let path) = link, let last = path.split(separator: "/").last, last.hasPrefix(comm) else {
            return comm
        }
        return String(last)
    }
}
