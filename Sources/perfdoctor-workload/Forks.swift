import Glibc

extension Workload {
    static let forks = Workload(
        name: "forks",
        summary: "a tree of processes: each starts --width children until --depth, then all work",
        answer: "forkWork in every process, with the CPU time that each prints; or --count short children",
        options: [
            .init("depth", 2, "generations of children"),
            .init("width", 3, "children of each process that has any"),
            .init("ms", 300, "CPU time of each process"),
            .init("count", 0, "instead of the tree: this many short children, one after the other"),
            .init("program", text: "/bin/true", "what the short children execute"),
            .init("exec", 1, "1: children execute this program anew; 0: they only fork"),
        ]
    ) { settings in
        if settings["count"] > 0 {
            runShortChildren(settings)
        } else {
            runTree(settings)
        }
    }
}

private func runShortChildren(_ settings: Settings) {
    let program = settings[text: "program"]
    var ended = 0
    for _ in 0..<settings["count"] {
        guard let child = start(program, arguments: [program]) else { break }
        if wait(for: child) { ended += 1 }
    }
    Truth.state("children", "short", ended)
}

private func runTree(_ settings: Settings) {
    var children: [pid_t] = []
    let depth = settings["depth"]
    if depth > 0 {
        for _ in 0..<settings["width"] {
            if settings["exec"] == 0 {
                guard let child = fork() else { break }
                if child == 0 {
                    var inner = settings.values
                    inner["depth"] = String(depth - 1)
                    runTree(Settings(workload: settings.workload, values: inner))
                    _exit(0)
                }
                children.append(child)
            } else {
                var arguments = ["/proc/self/exe", "forks", "--depth", String(depth - 1)]
                for name in ["width", "ms"] { arguments += ["--" + name, String(settings[name])] }
                guard let child = start("/proc/self/exe", arguments: arguments) else { break }
                children.append(child)
            }
        }
    }
    let steps = settings["ms"] * 1000 * churnStepsPerMicrosecond()
    let before = Clock.threadCPU()
    Sink.keep(forkWork(steps))
    Truth.state("cpu_ns", "pid-\(getpid())", Clock.threadCPU() - before)
    var ended = 0
    for child in children where wait(for: child) { ended += 1 }
    Truth.state("children", "pid-\(getpid())", ended)
}

@inline(never)
func forkWork(_ steps: Int) -> UInt64 {
    churn(17, steps: steps)
}

/// Starts a program; `nil`, with a complaint, when that fails.
private func start(_ program: String, arguments: [String]) -> pid_t? {
    var child: pid_t = 0
    // SAFETY: the copies are terminated strings, ended by null, and freed after the call that reads them.
    var copies = unsafe arguments.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
    let result = unsafe posix_spawn(&child, program, nil, nil, copies, environ)
    guard result == 0 else {
        complain("cannot start \(program): error \(result)")
        return nil
    }
    return child
}

/// Swift hides `fork`; this process has one thread, so the child may go on as it is.
private func fork() -> pid_t? {
    // SAFETY: `fork` has this signature in every C library.
    guard let symbol = unsafe dlsym(nil, "fork") else { return nil }
    typealias Fork = @convention(c) () -> pid_t
    let child = unsafe unsafeBitCast(symbol, to: Fork.self)()
    return child < 0 ? nil : child
}

/// Whether a child ended with status 0.
private func wait(for child: pid_t) -> Bool {
    var status: Int32 = 0
    // SAFETY: `status` outlives the call, which writes it.
    while unsafe waitpid(child, &status, 0) < 0 {
        if errno != EINTR { return false }
    }
    return status == 0
}
