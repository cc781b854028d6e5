import FoundationEssentials
import Glibc
import PerfModel
import Testing

@testable import PerfClients

/// Servers that are none: refusing, silent, or talking nonsense.
@Suite("PostgreSQL connection", .timeLimit(.minutes(15)))
struct PostgreSQLConnectionTests {
    /// A socket of 127.0.0.1 that answers each client with some bytes, or with nothing, until it ends.
    private final class FakeServer: Sendable {
        let port: UInt16
        private let descriptor: Int32

        init() throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            // SAFETY: the address and its size are ours and outlive each call.
            let status = unsafe withUnsafeMutablePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 4) == 0
                        ? unsafe getsockname(descriptor, address, &size) : -1
                }
            }
            try #require(status == 0)
            port = UInt16(bigEndian: address.sin_port)
        }

        deinit { close(descriptor) }

        /// Takes one client, answers it, and hangs up, at once or when the client does; on a thread of its own.
        func answer(_ bytes: [UInt8], hangsUp: Bool = true) -> Thread {
            let descriptor = descriptor
            return Thread {
                // SAFETY: no address is asked for; the buffer outlives the calls.
                let client = accept(descriptor, nil, nil)
                var request = [UInt8](repeating: 0, count: 1024)
                _ = unsafe read(client, &request, request.count)
                _ = unsafe write(client, bytes, bytes.count)
                while !hangsUp, unsafe read(client, &request, request.count) > 0 {}
                close(client)
            }
        }
    }

    /// A thread that is waited for.
    private final class Thread {
        private var id = pthread_t()
        private let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
            // SAFETY: the thread gets a retained object, which it releases; the id is ours.
            unsafe pthread_create(
                &id, nil,
                { context in
                    guard let context = unsafe context else { return nil }
                    unsafe Unmanaged<Thread>.fromOpaque(context).takeRetainedValue().body()
                    return nil
                }, Unmanaged.passRetained(self).toOpaque())
        }

        func join() { pthread_join(id, nil) }
    }

    private var limits: PostgreSQLConnection.Limits {
        PostgreSQLConnection.Limits(connecting: .milliseconds(1500), answering: .milliseconds(1500))
    }

    private func connect(_ uri: String) throws(PostgreSQLError) -> PostgreSQLConnection {
        try PostgreSQLConnection(to: PostgreSQLAddress(uri), limits: limits)
    }

    @Test("a port where nobody listens is an error at once, without the password")
    func refused() throws {
        let port = try FakeServer().port
        let error = #expect(throws: PostgreSQLError.self) {
            try connect("postgresql://ci:hunter2@127.0.0.1:\(port)/perf?sslmode=disable")
        }
        if error == .noLibrary { return print("skipped: libpq is not installed: apt-get install libpq5") }
        guard case .cannotConnect(let address, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(address == "postgresql://ci:***@127.0.0.1:\(port)/perf?sslmode=disable")
        #expect(reason.contains("\(port)") && !reason.contains("hunter2"))
    }

    @Test("a server that takes connections and says nothing is given up, after the time of the address")
    func hangs() throws {
        let server = try FakeServer()
        let uri = "postgresql://ci:hunter2@127.0.0.1:\(server.port)/perf"
        let error = #expect(throws: PostgreSQLError.self) { try connect(uri) }
        if error == .noLibrary { return print("skipped: libpq is not installed: apt-get install libpq5") }
        #expect(error == .noAnswer(address: "postgresql://ci:***@127.0.0.1:\(server.port)/perf", seconds: 1))
        #expect(
            throws: PostgreSQLError.noAnswer(
                address: "postgresql://127.0.0.1:\(server.port)/perf?connect_timeout=2", seconds: 2)
        ) { try connect("postgresql://127.0.0.1:\(server.port)/perf?connect_timeout=2") }
    }

    @Test(
        "a server of another kind is an error, never a crash",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "", "\u{0}\u{0}\u{0}\u{0}\u{0}", "SSSSSSSS",
            "E\u{7F}\u{7F}\u{7F}\u{7F}x",
            "R\u{0}\u{0}\u{0}\u{8}\u{0}\u{0}\u{0}\u{0}Z\u{0}\u{0}\u{0}\u{5}",
            "R\u{0}\u{0}\u{0}\u{8}\u{0}\u{0}\u{0}\u{0}Z\u{0}\u{0}\u{0}\u{5}I",
        ])
    func nonsense(answer: String) throws {
        let server = try FakeServer()
        let thread = server.answer(Array(answer.utf8))
        let error = #expect(throws: PostgreSQLError.self) {
            // The last one is a whole greeting: then the connection is lost in the middle.
            try connect("postgresql://ci@127.0.0.1:\(server.port)/perf?sslmode=disable&gssencmode=disable").run(
                "SELECT 1")
        }
        if error == .noLibrary { return print("skipped: libpq is not installed: apt-get install libpq5") }
        thread.join()
        if answer.hasSuffix("I") {
            guard case .lost = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("a server that greets and then says nothing is given up, and the connection is over")
    func hangsInTheMiddle() throws {
        let server = try FakeServer()
        let greeting = "R\u{0}\u{0}\u{0}\u{8}\u{0}\u{0}\u{0}\u{0}Z\u{0}\u{0}\u{0}\u{5}I"
        let thread = server.answer(Array(greeting.utf8), hangsUp: false)
        let uri = "postgresql://ci@127.0.0.1:\(server.port)/perf?sslmode=disable&gssencmode=disable"
        let connection: PostgreSQLConnection
        do throws(PostgreSQLError) { connection = try connect(uri) } catch {
            guard error == .noLibrary else { throw error }
            return print("skipped: libpq is not installed: apt-get install libpq5")
        }
        #expect(throws: PostgreSQLError.noAnswer(address: uri, seconds: 1)) { try connection.run("SELECT 1") }
        let error = #expect(throws: PostgreSQLError.self) { try connection.run("SELECT 1") }
        guard case .lost = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        thread.join()
    }

    @Test(
        "an address that libpq does not understand is refused without its password",
        arguments: [
            "postgresql://ci:hunter2@[::1/perf", "postgresql://ci:hunter2@db:x/perf",
            "postgresql://ci:%zzhunter2@db/",
        ])
    func malformed(uri: String) throws {
        let error = #expect(throws: PostgreSQLError.self) { try connect(uri) }
        if error == .noLibrary { return print("skipped: libpq is not installed: apt-get install libpq5") }
        guard case .cannotConnect = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("hunter2") == false, "\(String(describing: error))")
    }
}
