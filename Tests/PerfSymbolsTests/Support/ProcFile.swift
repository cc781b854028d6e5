import Glibc

/// Files whose size is only known at the end of reading.
enum ProcFile {
    static func bytes(_ path: String) throws -> [UInt8] {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TemporaryDirectory.Failure(operation: "open", errno: Glibc.errno) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            // SAFETY: the buffer has room for the count that is passed.
            let got = unsafe read(descriptor, &chunk, chunk.count)
            guard got > 0 else { return result }
            result += chunk[..<got]
        }
    }
}
