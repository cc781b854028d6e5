import FoundationEssentials
import Glibc

/// A program that a test runs to its end.
struct HTMLProcess {
    var status: Int32
    var output: String

    /// Runs `command` with standard output and error in a file, which is removed again.
    init(_ command: [String], in directory: URL) throws {
        let log = directory.appending(path: "output").path
        // SAFETY: initialised before use and destroyed after it.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // SAFETY: the vector ends with nil; its strings are freed after the call.
        var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
        var pid: pid_t = 0
        let error = unsafe posix_spawnp(&pid, command[0], &actions, nil, &arguments, environ)
        guard error == 0 else { throw HTMLProcessError(command: command, error: error) }
        var status: Int32 = 0
        // SAFETY: the status outlives the call.
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        self.status = status
        output = try String(contentsOfFile: log, encoding: .utf8)
    }

    /// Whether a program is in PATH.
    static func isInstalled(_ name: String) -> Bool {
        // SAFETY: the environment does not change while tests run.
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin"
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}

struct HTMLProcessError: Error {
    var command: [String]
    var error: Int32
}

/// A directory that lives as long as the closure runs.
func withHTMLDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "perfdoctor-html-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    let result = Swift.Result { try body(directory) }
    try FileManager.default.removeItem(at: directory)
    return try result.get()
}
