import FoundationEssentials
import Glibc
import Testing

/// Programs that judge our files from outside.
enum ExternalTool {
    /// Runs a program that is found in PATH.
    ///
    /// - Parameters:
    ///   - command: the program and its arguments.
    ///   - output: where standard output goes.
    /// - Returns: the exit status; nil when the program cannot be started.
    static func run(_ command: [String], output: String = "/dev/null") -> Int32? {
        var actions = unsafe posix_spawn_file_actions_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        var process: pid_t = 0
        // SAFETY: all are initialized here, outlive the calls and are freed below; the list ends with null.
        unsafe posix_spawn_file_actions_init(&actions)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            for index in unsafe arguments.indices { unsafe free(arguments[index]) }
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        guard unsafe posix_spawnp(&process, command[0], &actions, nil, arguments, environ) == 0 else { return nil }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
    }

    /// A Python that has the official protobuf runtime; nil, with the reason printed, when there is none.
    static let python: String? = {
        let found = ["python3", "/usr/bin/python3"].first { run([$0, Fixture.path("pprof_oracle.py"), "check"]) == 0 }
        if found == nil { print("skipped: no python3 with protobuf: apt-get install python3-protobuf") }
        return found
    }()

    /// Whether `go tool pprof` runs; prints the reason when it does not.
    static let hasGoPprof: Bool = {
        let runs = run(["go", "tool", "pprof", "-raw", Fixture.path("go/cpu.pb.gz")]) == 0
        if !runs { print("skipped: no go tool pprof: apt-get install golang-go") }
        return runs
    }()

    /// What `go tool pprof` prints about a profile.
    static func goPprof(_ options: [String], _ bytes: [UInt8]) throws -> String {
        try withTemporaryDirectory { directory in
            try Data(bytes).write(to: URL(filePath: directory + "/profile.pb.gz"))
            let output = directory + "/output"
            #expect(run(["go", "tool", "pprof"] + options + [directory + "/profile.pb.gz"], output: output) == 0)
            return String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self)
        }
    }

    /// What the oracle script makes of a profile, or writes by itself without one.
    static func oracle(_ python: String, _ verb: String, _ bytes: [UInt8]? = nil) throws -> [UInt8] {
        try withTemporaryDirectory { directory in
            var files = [directory + "/out"]
            if let bytes {
                try Data(bytes).write(to: URL(filePath: directory + "/in"))
                files.insert(directory + "/in", at: 0)
            }
            let script = Fixture.path("pprof_oracle.py")
            try #require(run([python, script, verb] + files) == 0)
            return [UInt8](try Data(contentsOf: URL(filePath: directory + "/out")))
        }
    }

    private static func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
        let directory = "/tmp/perfdoctor-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let result = Swift.Result { try body(directory) }
        try FileManager.default.removeItem(atPath: directory)
        return try result.get()
    }
}
