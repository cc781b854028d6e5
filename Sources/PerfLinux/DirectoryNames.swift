import Glibc
import PerfModel

/// Lists directories.
package enum DirectoryNames {
    /// The names in a directory without `.` and `..`, sorted by their bytes.
    ///
    /// - Parameters:
    ///   - descriptor: of the directory; it is closed.
    ///   - name: of the directory, for errors.
    /// - Returns: the names, undecodable bytes replaced.
    /// - Throws: when the descriptor is no directory.
    package static func read(owning descriptor: Int32, name: String) throws(SystemCallError) -> [String] {
        // SAFETY: fdopendir takes the descriptor over, or returns null.
        guard let directory = unsafe fdopendir(descriptor) else {
            let error = errno
            close(descriptor)
            throw SystemCallError(operation: "open", subject: name, errno: error)
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        // SAFETY: readdir's entry is valid until the next call on this directory, which nobody else uses.
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
