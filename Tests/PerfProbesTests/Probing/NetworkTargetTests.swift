import Glibc
import PerfClients
import PerfLinux
import PerfModel
import PerfProbes
import Testing

@Suite("Ping and tcp")
struct NetworkTargetTests {
    private func targets(_ text: String, _ kind: any ProbeTarget.Type) throws -> [any ProbeTarget] {
        try kind.targets(of: try ServerURL(text), before: MonotonicClock.nanoseconds + 5_000_000_000)
    }

    private func answer(_ target: any ProbeTarget) throws -> ProbeAnswer {
        let deadline = MonotonicClock.nanoseconds + 5_000_000_000
        return try target.connect(before: deadline).ask(before: deadline)
    }

    @Test(
        "loopback answers a ping, or a connection in its place, over both protocols", arguments: ["127.0.0.1", "[::1]"])
    func ping(_ host: String) throws {
        let found: [any ProbeTarget]
        do {
            found = try targets("ping://\(host)", PingTarget.self)
        } catch let failure as ProbeFailure {
            print("not tested: \(failure.summary)")
            return
        }
        let target = try #require(found.first)
        do {
            let told = try answer(target)
            #expect(told.receivedAt > told.sentAt)
            #expect(!target.method.isEmpty)
        } catch let failure as ProbeFailure where failure.kind == .unreachable {
            print("not tested: \(failure.summary)")
        }
    }

    @Test("a port where nobody listens refuses, and one where somebody does is measured")
    func connections() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: an address is as long as `size` says, and outlives the calls.
        let results = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe [bind(listener, address, size), getsockname(listener, address, &size)]
            }
        }
        try #require(results == [0, 0])
        let url = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let target = try #require(try targets(url, TCPTarget.self).first)
        #expect { try answer(target) } throws: { ($0 as? ProbeFailure)?.kind == .refused }
        try #require(listen(listener, 4) == 0)
        let told = try answer(target)
        #expect(told.receivedAt > told.sentAt)
    }

    @Test("a name without an address is a clear error, and a URL without a port as well")
    func errors() {
        #expect { try targets("tcp://does-not-exist.invalid:1", TCPTarget.self) } throws: {
            ($0 as? ProbeFailure)?.kind == .nameNotFound || ($0 as? ProbeFailure)?.kind == .timedOut
        }
        #expect { try targets("tcp://127.0.0.1", TCPTarget.self) } throws: {
            ($0 as? ProbeFailure)?.exitCode == .usage
        }
    }
}
