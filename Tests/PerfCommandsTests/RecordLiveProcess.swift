import FoundationEssentials
import Glibc
import Testing

/// A program that a live test runs, with its streams in files.
final class LiveProcess {
    struct Ending: Equatable {
        /// As a shell reports it: 128 and the signal's number for a program that was killed.
        var status: Int32
        var output: [UInt8]
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    let pid: pid_t
    private let outputPath: String
    private let errorPath: String
    private(set) var hasEnded = false

    /// Starts a program, given by its path and its arguments.
    ///
    /// It runs in the directory, which keeps its streams too; an environment takes the place of ours.
    init(
        _ arguments: [String], in directory: LiveDirectory, environment: [String]? = nil, input: String = "/dev/null"
    ) throws {
        outputPath = directory.newName("out")
        errorPath = directory.newName("err")
        // SAFETY: the strings and the file actions live to the end of this function, and posix_spawn copies them.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let inherited = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        let words = ["/usr/bin/env", "-C", directory.path] + arguments
        var wordPointers = unsafe words.map { unsafe strdup($0) } + [nil]
        var variables = unsafe (environment ?? inherited).map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe wordPointers.indices { unsafe free(wordPointers[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        // Threads of a test block signals; programs start with none blocked.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child: pid_t = 0
        let result = unsafe posix_spawn(&child, words[0], &actions, &attributes, &wordPointers, &variables)
        try #require(result == 0)
        pid = child
    }

    deinit {
        if !hasEnded {
            kill(pid, SIGKILL)
            _ = reap(options: 0)
        }
    }

    /// What it has printed so far.
    var output: String {
        String(decoding: Self.bytes(of: outputPath), as: UTF8.self)
    }

    /// What it has said on standard error so far.
    var errors: String {
        String(decoding: Self.bytes(of: errorPath), as: UTF8.self)
    }

    /// Waits until it has printed a text; false when it ends or a minute passes before.
    func waitForOutput(_ text: String) -> Bool {
        for _ in 0..<6000 {
            if output.contains(text) { return true }
            if isOver { return output.contains(text) }
            usleep(10_000)
        }
        return false
    }

    /// Waits until it observes something; false when it ends or a minute passes before.
    func waitForEvents() -> Bool {
        for _ in 0..<6000 where !isOver {
            let folder = "/proc/\(pid)/fd"
            let names = Result { try FileManager.default.contentsOfDirectory(atPath: folder) }
            if case .success(let names) = names {
                for name in names {
                    // Descriptors come and go while they are looked at.
                    let link = Result { try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + name) }
                    guard case .success(let target) = link, target.contains("perf_event") else { continue }
                    // Events are open; enabling them takes a moment.
                    usleep(300_000)
                    return true
                }
            }
            usleep(10_000)
        }
        return false
    }

    /// Waits for its end; after two minutes it is killed, which its status tells.
    func wait() -> Ending {
        for _ in 0..<24_000 {
            if let ending = poll() { return ending }
            usleep(5_000)
        }
        kill(pid, SIGKILL)
        return finished(reap(options: 0) ?? 0)
    }

    /// How it ended, or nil while it runs.
    func poll() -> Ending? {
        reap(options: WNOHANG).map { finished($0) }
    }

    /// Whether it has ended, without collecting it.
    var isOver: Bool {
        var info = unsafe siginfo_t()
        // SAFETY: `info` outlives the call, which writes one struct.
        let result = unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT)
        return unsafe result != 0 || info.si_signo == SIGCHLD
    }

    private func reap(options: Int32) -> Int32? {
        var status: Int32 = 0
        // SAFETY: `status` outlives the call, which writes it.
        guard unsafe waitpid(pid, &status, options) == pid else { return nil }
        hasEnded = true
        return status
    }

    private func finished(_ status: Int32) -> Ending {
        let signal = status & 0x7F
        return Ending(
            status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: Self.bytes(of: outputPath),
            errors: String(decoding: Self.bytes(of: errorPath), as: UTF8.self)
        )
    }

    static func bytes(of path: String) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return Array(data)
    }
}

/// A directory of a live test, removed with all that is in it.
final class LiveDirectory {
    let path: String
    private var count = 0

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/perfdoctor-live-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("cannot remove \(path): \(error)")
        }
    }

    func newName(_ kind: String) -> String {
        count += 1
        return "\(path)/\(kind).\(count)"
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
        return path + "/" + name
    }

    /// Builds a C program, or says why not.
    func build(_ name: String, _ source: String, options: [String] = []) throws -> String {
        let file = try write(name + ".c", source)
        let compiler = try LiveProcess(
            ["/usr/bin/cc", "-O1", "-g", "-pthread", "-o", path + "/" + name, file] + options, in: self)
        let ending = compiler.wait()
        try #require(ending.status == 0, "\(ending.errors)")
        return path + "/" + name
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }
}
