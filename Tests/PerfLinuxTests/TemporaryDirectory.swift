import Glibc
import Testing

/// A directory that lives as long as a test.
enum TemporaryDirectory {
    /// Passes the path of a new, empty directory, and removes it with the files in it.
    static func with<Result>(_ body: (String) throws -> Result) throws -> Result {
        var template = Array("/tmp/perfdoctor-test.XXXXXX".utf8CString)
        // SAFETY: a terminated template in a buffer of our own, which the call changes in place.
        unsafe try #require(mkdtemp(&template) != nil)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { remove(path) }
        return try body(path)
    }

    /// Names in a directory, sorted.
    static func entries(of directory: String) throws -> [String] {
        // SAFETY: the stream is closed here; every entry is copied before the next is read.
        let stream = unsafe try #require(opendir(directory))
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        // A directory that cannot be listed is gone already, or a test failed for a worse reason.
        if let names = Result(catching: { try entries(of: path) }).success {
            for name in names {
                // SAFETY: terminated strings for the duration of the calls.
                if unsafe unlink("\(path)/\(name)") != 0 { unsafe _ = rmdir("\(path)/\(name)") }
            }
        }
        // SAFETY: as above.
        unsafe _ = rmdir(path)
    }
}

extension Result {
    fileprivate var success: Success? {
        switch self {
        case .success(let value): value
        case .failure: nil
        }
    }
}
