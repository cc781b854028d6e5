import Glibc

extension Workload {
    static let server = Workload(
        name: "server",
        summary: "an HTTP server on 127.0.0.1, one thread a connection: /fast, /slow (CPU), /sleep",
        answer: "handleSlow has nearly all the CPU time; the port and what each handler did is printed",
        options: [
            .init("ms", 5000, "how long it runs"),
            .init("port", 0, "port; 0 takes a free one"),
            .init("slow-us", 2000, "CPU time of /slow in microseconds"),
            .init("clients", 0, "threads that ask it for /slow and /fast by turns, in the same process"),
        ]
    ) { settings in
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        guard let (listener, port) = listen(port: settings["port"]) else { return complain("cannot listen") }
        Truth.state("port", "server", port)
        let handlers = Handlers(steps: max(1, settings["slow-us"]) * churnStepsPerMicrosecond())
        let clients = (0..<settings["clients"]).compactMap { index in
            Thread(named: "client-\(index)") { ask(port: port, until: deadline) }
        }
        serve(listener, until: deadline, handlers: handlers)
        close(listener)
        for client in clients { client.join() }
        handlers.tally.update { tally in
            for (path, sum) in tally.sorted(by: { $0.key < $1.key }) {
                Truth.state("requests", path, sum.requests)
                Truth.state("cpu_ns", path, sum.time)
            }
        }
    }
}

struct Handlers: Sendable {
    struct Sum {
        var requests = 0
        var time: Int64 = 0
    }

    let steps: Int
    let tally = Locked<[String: Sum]>([:])

    func answer(path: String) -> String {
        let start = Clock.threadCPU()
        let body: UInt64
        switch path {
        case "/slow": body = handleSlow(steps)
        case "/sleep": body = handleSleep()
        default: body = handleFast()
        }
        let time = Clock.threadCPU() - start
        let known = ["/slow", "/sleep"].contains(path) ? path : "/fast"
        tally.update {
            $0[known, default: Sum()].requests += 1
            $0[known, default: Sum()].time += time
        }
        let text = String(body, radix: 16) + "\n"
        return "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }
}

@inline(never)
func handleSlow(_ steps: Int) -> UInt64 {
    churn(29, steps: steps)
}

@inline(never)
func handleSleep() -> UInt64 {
    Clock.sleep(nanoseconds: 5_000_000)
    return 1
}

@inline(never)
func handleFast() -> UInt64 {
    churn(31, steps: 100)
}

/// Accepts connections, each in a thread of its own, and waits for all of them at the end.
private func serve(_ listener: Int32, until deadline: Int64, handlers: Handlers) {
    var threads: [Thread] = []
    while Clock.monotonic() < deadline {
        guard isReadable(listener) else { continue }
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { continue }
        let thread = Thread(named: "http-\(threads.count)") {
            serveConnection(connection, until: deadline, handlers: handlers)
        }
        if let thread { threads.append(thread) } else { close(connection) }
    }
    for thread in threads { thread.join() }
}

@inline(never)
func serveConnection(_ connection: Int32, until deadline: Int64, handlers: Handlers) {
    defer { close(connection) }
    while Clock.monotonic() < deadline {
        guard isReadable(connection) else { continue }
        // One read is one request: the clients are ours, or a test's, and send nothing larger.
        let request = receive(connection)
        guard !request.isEmpty else { return }
        let words = request.split(separator: " ", maxSplits: 2)
        guard send(handlers.answer(path: words.count > 1 ? String(words[1]) : "/"), to: connection) else { return }
    }
}

/// A client: one connection, one request after the other.
private func ask(port: Int, until deadline: Int64) {
    let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(connection) }
    var address = loopback(port)
    // SAFETY: the address is a whole sockaddr_in whose size is given, read during the call.
    let result = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard result == 0 else { return complain("a client cannot connect") }
    var turn = 0
    while Clock.monotonic() < deadline {
        guard send("GET \(turn % 2 == 0 ? "/slow" : "/fast") HTTP/1.1\r\n\r\n", to: connection) else { return }
        while !isReadable(connection) { if Clock.monotonic() > deadline { return } }
        guard !receive(connection).isEmpty else { return }
        turn += 1
    }
}

private func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return address
}

private func listen(port: Int) -> (descriptor: Int32, port: Int)? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = loopback(port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: the address is a whole sockaddr_in whose size is given; it outlives both calls.
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            unsafe bind(descriptor, raw, size) == 0 && Glibc.listen(descriptor, 64) == 0
                && getsockname(descriptor, raw, &size) == 0
        }
    }
    guard bound else {
        close(descriptor)
        return nil
    }
    return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
}

/// Waits at most 50 ms for something to read.
private func isReadable(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    // SAFETY: one entry, as the count says; it outlives the call.
    return unsafe poll(&entry, 1, 50) == 1
}

private func receive(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    // SAFETY: the buffer has as many bytes as the call may write.
    let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}

private func send(_ text: String, to descriptor: Int32) -> Bool {
    let bytes = Array(text.utf8)
    // SAFETY: pointer and count are of the same array, read during the call.
    return unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL)) == bytes.count
}
