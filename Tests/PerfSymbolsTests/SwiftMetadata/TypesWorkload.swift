import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

/// The workload `types`, paused, and what it says of its objects.
final class TypesWorkload {
    struct Object {
        var address: CodeAddress
        /// As the runtime names its type; `-` when it is no object.
        var name: String
    }

    let pid: pid_t
    private(set) var objects: [Object] = []
    private let input: Int32

    /// Kinds of builds; the debug build of this package when ci/workloads has made none.
    static let variants: [String] =
        ProcessInfo.processInfo.environment["PERFDOCTOR_WORKLOADS"] == nil
        ? ["debug"] : ["swiftpm", "static", "plain", "plain-g"]

    init(_ variant: String) throws {
        let folder = ProcessInfo.processInfo.environment["PERFDOCTOR_WORKLOADS"]
        let path = folder.map { "\($0)/\(variant)/perfdoctor-workload" } ?? Toolchain.perfdoctor + "-workload"
        let (reading, writing) = try Self.pipe()
        let (output, outputWriting) = try Self.pipe()
        defer { for descriptor in [reading, output, outputWriting] { close(descriptor) } }
        // SAFETY: the actions are initialized before they are used and destroyed once; the vector is terminated by
        // null, and its strings are freed only after the call.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, reading, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, outputWriting, 1)
        var vector = unsafe [strdup(path), strdup("types"), nil]
        defer { for index in unsafe vector.indices { unsafe free(vector[index]) } }
        var child: pid_t = 0
        let result = unsafe posix_spawn(&child, path, &actions, nil, &vector, environ)
        guard result == 0 else {
            close(writing)
            throw TemporaryDirectory.Failure(operation: "start \(path)", errno: result)
        }
        pid = child
        input = writing
        try readTruth(from: output)
    }

    deinit {
        // It ends when its input does; but another test's program may have inherited that.
        close(input)
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    var memory: RemoteMemory { RemoteMemory(pid: pid) }

    /// Readable memory of the process.
    func mapped() throws -> [Range<CodeAddress>] {
        let bytes = try ProcFileSystem().contents(of: "\(pid)/maps")
        return ProcessMap.parse(bytes).maps.filter(\.isReadable).map { $0.start..<$0.end }
    }

    func firstWord(of object: Object) throws -> UInt64 {
        let bytes = memory.memory(at: object.address, count: 8)
        try #require(bytes.count == 8, "not readable: \(object)")
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func object(_ name: String) throws -> Object {
        try #require(objects.first { $0.name.hasSuffix(name) }, "the workload shows no \(name)")
    }

    private func readTruth(from descriptor: Int32) throws {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: text, as: UTF8.self).contains("\nready objects ") {
            // SAFETY: the buffer has room for the count that is passed.
            let got = unsafe read(descriptor, &chunk, chunk.count)
            try #require(got > 0, "the workload ended early: \(String(decoding: text, as: UTF8.self))")
            text += chunk[..<got]
        }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, parts[0] == "object", let address = UInt64(parts[1].dropFirst(2), radix: 16) else {
                continue
            }
            objects.append(Object(address: CodeAddress(rawValue: address), name: String(parts[2])))
        }
    }

    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has the two elements that the call writes.
        guard unsafe Glibc.pipe(&ends) == 0 else {
            throw TemporaryDirectory.Failure(operation: "pipe", errno: Glibc.errno)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
