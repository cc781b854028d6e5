import Glibc
import PerfLinux
import PerfModel

/// A descriptor of this process that takes bytes.
struct DescriptorSink: ByteSink {
    let descriptor: Int32

    func write(_ bytes: [UInt8]) throws(OutputError) {
        // A reader that leaves must not kill the process, and ignoring SIGPIPE for the whole process would be
        // inherited by programs that it launches: so it is blocked for this thread while it writes.
        var pipeSignal = sigset_t()
        var before = sigset_t()
        // SAFETY: the sets outlive the calls, which read and write only them.
        unsafe sigemptyset(&pipeSignal)
        unsafe sigaddset(&pipeSignal, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
        defer {
            // SAFETY: as above; a pending signal is taken before the mask is restored, without waiting.
            var none = timespec()
            unsafe sigtimedwait(&pipeSignal, nil, &none)
            unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        var done = 0
        while done < bytes.count {
            // SAFETY: the kernel reads from `done` to the end of the array's own storage.
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written >= 0 {
                done += written
                continue
            }
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN {
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // SAFETY: one element, which outlives the call.
                unsafe poll(&wanted, 1, -1)
                continue
            }
            throw code == EPIPE ? .brokenPipe : .failed(reason: SystemCallError.text(of: code))
        }
    }
}

/// Standard input of this process.
struct StandardInput: InputStream {
    func readAll(limit: Int) throws(InputError) -> [UInt8] {
        try InputFile.bytes(of: STDIN_FILENO, name: "standard input", limit: limit)
    }
}

extension CommandContext {
    /// The surroundings of this process.
    static func ofProcess() -> CommandContext {
        let environment = ProcessEnvironment.variables()
        return CommandContext(
            environment: environment, output: DescriptorSink(descriptor: STDOUT_FILENO),
            errors: DescriptorSink(descriptor: STDERR_FILENO),
            outputColumns: terminalColumns(of: STDOUT_FILENO, environment: environment), input: StandardInput()
        )
    }

    /// Columns of a terminal: what COLUMNS says, else what the terminal says, else 80; nil for anything else.
    private static func terminalColumns(of descriptor: Int32, environment: [String: String]) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        if let columns = environment["COLUMNS"].flatMap(Int.init), columns > 0 { return columns }
        var size = winsize()
        // SAFETY: `size` outlives the call, which writes one struct.
        let result = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size)
        return result == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}
