import Glibc

/// A small program with a known answer.
struct Workload: Sendable {
    /// What the command line calls it.
    let name: String
    /// What it does, in one line.
    let summary: String
    /// What a profiler must find in it, in one line.
    let answer: String
    /// The options it takes with their defaults.
    let options: [Option]
    let run: @Sendable (Settings) -> Void

    /// An option `--name VALUE`; text where the default is text.
    struct Option: Sendable {
        let name: String
        let fallback: String
        let meaning: String

        init(_ name: String, _ fallback: Int, _ meaning: String) {
            self.init(name, text: String(fallback), meaning)
        }

        init(_ name: String, text fallback: String, _ meaning: String) {
            self.name = name
            self.fallback = fallback
            self.meaning = meaning
        }
    }

    /// All of them, in the order of `--list`.
    static let all: [Workload] = [
        .spin, .recursion, .threads, .shortThreads, .mix, .leaves, .forks, .dlopen, .async, .blocker, .server,
        .pingPong, .disk, .eventLoop, .sleeper, .types, .leaks, .heap,
    ]

    /// Runs what the arguments name and returns the exit code: 64 for wrong usage.
    static func run(arguments: [String]) -> Int32 {
        guard arguments.count > 1, arguments[1] != "--help" else {
            print("usage: perfdoctor-workload NAME [--OPTION VALUE]...\n       perfdoctor-workload --list")
            return arguments.count > 1 ? 0 : 64
        }
        if arguments[1] == "--list" {
            for workload in all { workload.describe() }
            return 0
        }
        guard let workload = all.first(where: { $0.name == arguments[1] }) else {
            complain("no workload is called '\(arguments[1])'; see --list")
            return 64
        }
        var values: [String: String] = [:]
        var rest = arguments.dropFirst(2)
        while let flag = rest.popFirst() {
            guard let option = workload.options.first(where: { "--" + $0.name == flag }) else {
                complain("\(workload.name) has no option '\(flag)'; see --list")
                return 64
            }
            guard let value = rest.popFirst() else {
                complain("\(flag) needs a value")
                return 64
            }
            values[option.name] = value
        }
        for option in workload.options {
            guard let value = values[option.name], Int(option.fallback) != nil else { continue }
            guard let number = Int(value), number >= 0, number <= 1_000_000_000 else {
                complain("--\(option.name) takes a whole number from 0 to 1000000000, not '\(value)'")
                return 64
            }
        }
        Truth.state("ready", "pid", Int(getpid()))
        workload.run(Settings(workload: workload, values: values))
        return 0
    }

    private func describe() {
        print("\(name): \(summary)")
        print("    answer: \(answer)")
        for option in options { print("    --\(option.name) \(option.fallback): \(option.meaning)") }
    }
}

/// The options of one run.
struct Settings: Sendable {
    let workload: Workload
    let values: [String: String]

    /// The value of an option, or its default.
    subscript(text name: String) -> String {
        values[name] ?? workload.options.first { $0.name == name }?.fallback ?? ""
    }

    subscript(name: String) -> Int {
        Int(self[text: name]) ?? 0
    }

    /// The value of an option that is given in milliseconds, in nanoseconds.
    func nanoseconds(fromMilliseconds name: String) -> Int64 {
        Int64(self[name]) * 1_000_000
    }
}

/// What really happened, on standard output, one fact a line: `metric subject value`.
enum Truth {
    static func state(_ metric: String, _ subject: String, _ value: Int) {
        emit("\(metric) \(subject) \(value)", to: 1)
    }

    static func state(_ metric: String, _ subject: String, _ value: Int64) {
        emit("\(metric) \(subject) \(value)", to: 1)
    }

    /// An object in memory: `object <address> <type>`.
    static func state(object address: UInt, _ type: String) {
        emit("object 0x\(String(address, radix: 16)) \(type)", to: 1)
    }
}

/// Prints a complaint on standard error.
func complain(_ text: String) {
    emit("perfdoctor-workload: \(text)", to: 2)
}

/// Writes a line at once: whoever reads the truth through a pipe sees it when it is printed.
private func emit(_ line: String, to descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    // SAFETY: pointer and count are of the same array, read during the call.
    _ = unsafe write(descriptor, bytes, bytes.count)
}
