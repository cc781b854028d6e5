import Glibc

/// A directory that disappears with its last reference.
final class TemporaryDirectory {
    struct Failure: Error {
        var operation: String
        var errno: Int32
    }

    let path: String

    init() throws {
        // SAFETY: mkdtemp changes the template in place and returns it, or null.
        var template = Array("/tmp/perfdoctor-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Failure(operation: "mkdtemp", errno: Glibc.errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        do {
            try Self.remove(path)
        } catch {
            print("not removed: \(path): \(error)")
        }
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let descriptor = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(operation: "open \(name)", errno: Glibc.errno) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            // SAFETY: the slice is valid for its count.
            let written = unsafe bytes[done...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard written > 0 else { throw Failure(operation: "write \(name)", errno: Glibc.errno) }
            done += written
        }
    }

    func makeDirectory(_ name: String) throws {
        var current = path
        for component in name.split(separator: "/") {
            current += "/\(component)"
            guard unsafe mkdir(current, 0o700) == 0 || Glibc.errno == EEXIST else {
                throw Failure(operation: "mkdir \(current)", errno: Glibc.errno)
            }
        }
    }

    func read(_ name: String) throws -> [UInt8] {
        let descriptor = unsafe open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(operation: "open \(name)", errno: Glibc.errno) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            guard got > 0 else { return result }
            result += chunk[..<got]
        }
    }

    /// What a directory holds, without `.` and `..`.
    static func names(in path: String) throws -> [String] {
        // SAFETY: the stream is open until the function returns; an entry is valid until the next is read.
        guard let directory = unsafe opendir(path) else { throw Failure(operation: "opendir", errno: Glibc.errno) }
        defer { unsafe closedir(directory) }
        var result: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { result.append(name) }
        }
        return result
    }

    private static func remove(_ path: String) throws {
        for name in try names(in: path) {
            let child = "\(path)/\(name)"
            // SAFETY: the paths are terminated strings for the calls.
            if unsafe unlink(child) != 0 { try remove(child) }
        }
        unsafe rmdir(path)
    }
}
