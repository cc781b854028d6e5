import PerfLinux
import PerfModel

/// Programs whose functions are not those of their executable: interpreters and virtual machines.
struct RuntimeHint {
    private struct Runtime {
        /// How its executable's name begins.
        var prefix: String
        var name: String
        /// What names its functions in a profile of the machine's code.
        var mapRemedy: String
        /// Its own profiler.
        var profiler: String
    }

    private static let runtimes = [
        Runtime(
            prefix: "python", name: "Python", mapRemedy: "start it with -X perf (Python 3.12)",
            profiler: "py-spy record -p PID"),
        Runtime(
            prefix: "node", name: "Node.js", mapRemedy: "start it with --perf-basic-prof",
            profiler: "node --cpu-prof, or inspect it: kill -USR1 PID"),
        Runtime(
            prefix: "java", name: "the JVM", mapRemedy: "jcmd PID Compiler.perfmap (JDK 17)",
            profiler: "async-profiler: asprof -d 30 PID"),
        Runtime(
            prefix: "ruby", name: "Ruby", mapRemedy: "start it with --yjit-perf", profiler: "rbspy record --pid PID"),
        Runtime(prefix: "php", name: "PHP", mapRemedy: "opcache.jit_debug=16", profiler: "phpspy -p PID"),
        Runtime(
            prefix: "dotnet", name: ".NET", mapRemedy: "start it with DOTNET_PerfMapEnabled=1",
            profiler: "dotnet-trace collect -p PID"),
    ]

    /// What a profile of a process does not show; nil for programs whose functions are their own.
    ///
    /// - Parameters:
    ///   - pid: the process.
    ///   - proc: where it is looked up.
    /// - Returns: what is missing, with the profiler that has it.
    static func unmeasured(ofProcess pid: Int32, proc: ProcFileSystem = ProcFileSystem()) -> Unmeasured? {
        let link = Result { () throws(SystemCallError) in try proc.linkTarget(of: "\(pid)/exe") }
        guard case .success(let path) = link, let file = path.split(separator: "/").last,
            let runtime = runtimes.first(where: { file.hasPrefix($0.prefix) })
        else { return nil }
        // With a perf map, what it compiled has names.
        if HostFiles(root: proc.root).exists("/\(pid)/root/tmp/perf-\(pid).map") { return nil }
        let profiler = runtime.profiler.replacing("PID", with: "\(pid)")
        return Unmeasured(
            id: "profile.runtime",
            reason:
                "the functions of the program that \(runtime.name) runs: the profile shows those of the interpreter",
            remedy: "\(profiler); or \(runtime.mapRemedy.replacing("PID", with: "\(pid)")), and diagnose again")
    }
}
