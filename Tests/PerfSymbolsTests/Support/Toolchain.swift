import Glibc

/// Runs the tools that fixtures and expectations are made with.
enum Toolchain {
    struct Failure: Error {
        var command: String
        var status: Int32
        var output: String
    }

    /// Runs a tool and returns what it wrote to standard output.
    @discardableResult
    static func run(_ arguments: [String], input: String = "") throws -> String {
        let directory = try TemporaryDirectory()
        let outputPath = directory.path + "/output"
        try directory.write(Array(input.utf8), to: "input")
        // SAFETY: the actions are initialized before they are used and destroyed once.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, directory.path + "/input", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, directory.path + "/errors", O_WRONLY | O_CREAT, 0o600)
        var pid: pid_t = 0
        // SAFETY: the vector is terminated by null, and its strings are freed only after the call.
        var vector = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe vector.indices { unsafe free(vector[index]) } }
        let result = unsafe posix_spawnp(&pid, arguments[0], &actions, nil, &vector, environ)
        guard result == 0 else { throw Failure(command: arguments[0], status: -result, output: "") }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let output = String(decoding: try directory.read("output"), as: UTF8.self)
        guard status == 0 else {
            let errors = String(decoding: try directory.read("errors"), as: UTF8.self)
            throw Failure(command: arguments.joined(separator: " "), status: status, output: output + errors)
        }
        return output
    }

    /// Whether a tool can be run here; the reason for a skipped test is printed.
    static func has(_ tool: String) -> Bool {
        // SAFETY: the environment does not change while the tests run.
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let found = path.split(separator: ":").contains { unsafe access("\($0)/\(tool)", X_OK) == 0 }
        if !found { print("skipped: \(tool) is not installed") }
        return found
    }

    /// The perfdoctor that was built together with these tests: its main can be a worker.
    static var perfdoctor: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        // SAFETY: one byte less than the buffer has, so that it stays terminated.
        unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/perfdoctor"
    }
}
