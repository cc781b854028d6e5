import Glibc
import PerfLinux
import PerfModel
import Testing

@Suite("Who is at the other end of a connection")
struct WaitPeerTests {
    /// A listener, a client, and what it accepted, over the loopback device.
    private final class Connection {
        let listener: Int32
        let client: Int32
        let accepted: Int32
        let port: UInt16

        init() throws {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            (self.listener, self.client) = (listener, client)
            try #require(listener >= 0 && client >= 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            // SAFETY: an address is as long as `size` says, and outlives the calls.
            let results = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe [
                        bind(listener, address, size), listen(listener, 1), getsockname(listener, address, &size),
                        connect(client, address, size),
                    ]
                }
            }
            try #require(results == [0, 0, 0, 0])
            accepted = accept(listener, nil, nil)
            try #require(accepted >= 0)
            port = UInt16(bigEndian: address.sin_port)
        }

        func send(from descriptor: Int32) throws {
            var byte: UInt8 = 1
            // SAFETY: one byte that outlives the call.
            try #require(unsafe Glibc.send(descriptor, &byte, 1, 0) == 1)
        }

        deinit {
            for descriptor in [listener, client, accepted] { close(descriptor) }
        }
    }

    @Test("who opened a connection is its client, and the peer that it asked is to answer")
    func clientAndServer() throws {
        let connection = try Connection()
        var reasons = DescriptorReasons(proc: ProcFileSystem())
        let wait = KernelWait(systemCall: 45)
        var now: UInt64 = 1
        func peer(_ descriptor: Int32) -> WaitPeer? {
            // What is known holds for half a second.
            now += 1_000_000_000
            return reasons.peer(of: wait, arguments: (UInt64(descriptor), 0), process: getpid(), now: now)
        }
        let unasked = try #require(peer(connection.client))
        #expect(unasked.address == "127.0.0.1:\(connection.port)" && unasked.isDialled)
        try connection.send(from: connection.client)
        let asked = try #require(peer(connection.client))
        let server = try #require(peer(connection.accepted))
        #expect(!server.isDialled && server.owesAnswer == nil)
        #expect(peer(connection.listener) == nil)
        guard unasked.owesAnswer != nil else {
            print("not tested: sock_diag does not tell of TCP")
            return
        }
        #expect(unasked.owesAnswer == false && asked.owesAnswer == true)
    }

    @Test("an event loop waits for the peer that it asked, and else for nothing")
    func eventLoop() throws {
        let connection = try Connection()
        var reasons = DescriptorReasons(proc: ProcFileSystem())
        var now: UInt64 = 1
        // Descriptor, events, what came.
        let polled = [connection.accepted, connection.client].flatMap { [$0, Int32(POLLIN)] }
        func waited() -> DescriptorReasons.EventLoopWait? {
            now += 1_000_000_000
            // SAFETY: only the address is taken, and what is there outlives the call that reads it.
            return unsafe polled.withUnsafeBytes { bytes in
                reasons.eventLoopWait(
                    KernelWait(systemCall: 7), arguments: (UInt64(UInt(bitPattern: bytes.baseAddress)), 2),
                    process: getpid(), now: now)
            }
        }
        #expect(waited() == nil)
        try connection.send(from: connection.client)
        let client = reasons.peer(
            of: KernelWait(systemCall: 45), arguments: (UInt64(connection.client), 0), process: getpid(), now: now)
        guard client?.owesAnswer != nil else {
            print("not tested: sock_diag does not tell of TCP")
            return
        }
        let asked = try #require(waited())
        #expect(asked.reason == .network && asked.peer.address == "127.0.0.1:\(connection.port)")
        #expect(asked.peer.owesAnswer == true && asked.peer.isDialled)
        try connection.send(from: connection.accepted)
        // Both went out in the same tick, or the answer came later.
        usleep(20_000)
        try connection.send(from: connection.accepted)
        #expect(waited() == nil)
    }

    @Test("the system calls of epoll and the kernel's functions are those of event loops")
    func eventLoopPlaces() {
        #expect(
            [232, 281, 441, 7, 45].map { KernelWait(systemCall: $0).isEventLoop } == [true, true, true, false, false])
        #expect(KernelWait(functions: ["schedule", "ep_poll", "do_epoll_wait"]).isEventLoop)
        #expect(!KernelWait(functions: ["futex_wait_queue"]).isEventLoop)
    }

    @Test("the list of what an epoll descriptor watches is read as far as it is one")
    func eventPoll() {
        let text = """
            pos:\t0
            flags:\t02
            tfd:        5 events:       19 data:                5  pos:0 ino:2f1a sdev:9
            tfd:        6 events:        1 data:                6  pos:0 ino:zz sdev:9
            tfd:        7 events:        1
            """
        #expect(DescriptorReasons.inodes(ofEventPoll: text) == [0x2f1a])
        #expect(DescriptorReasons.inodes(ofEventPoll: "tfd: ino:ffffffffffffffffff").isEmpty)
    }

    @Test("a pair of sockets was opened by nobody, and files and what is closed have no other end")
    func others() throws {
        var pair: [Int32] = [-1, -1]
        // SAFETY: two descriptors are written, for which there is room.
        try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for descriptor in pair { close(descriptor) } }
        var reasons = DescriptorReasons(proc: ProcFileSystem())
        let read = KernelWait(systemCall: 0)
        for descriptor in [UInt64(pair[0]), 0x7fff_fff0, .max] {
            #expect(reasons.peer(of: read, arguments: (descriptor, 0), process: getpid(), now: 1) == nil)
        }
        let sleep = KernelWait(systemCall: 35)
        #expect(reasons.peer(of: sleep, arguments: (UInt64(pair[0]), 0), process: getpid(), now: 1) == nil)
    }

    @Test("a connection is dialled unless somebody listens at its own port")
    func dialled() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 40 1 0 20
               1: 0100007F:8AE2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 41 1 0 20
               2: 0100007F:1F90 0100007F:8AE2 01 00000000:00000000 00:00000000 00000000  1000        0 42 1 0 20
               3: 0100000A:8AE4 0500000A:01BB 02 00000000:00000000 00:00000000 00000000  1000        0 43 1 0 20
            """
        let table6 = """
              sl  local_address                         remote_address                        st tx_queue rx_queue
               0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 44 1
               1: B80D0120000000000000000001000000:8AE5 B80D0120000000000000000002000000:1F90 01 0:0 00:0 0 0 0 45 1
               2: 0000000000000000FFFF00000100007F:1F91 0000000000000000FFFF00000100007F:8AE6 01 0:0 00:0 0 0 0 46 1
            """
        var peers = TCPPeers()
        peers.add(Array(table.utf8))
        peers.add(Array(table6.utf8))
        #expect((40...46).map { peers.isDialled($0) } == [false, true, false, true, false, true, false])
        #expect(!peers.isDialled(99))
        #expect(
            (40...46).map { peers.ends($0)?.remote.description }
                == [
                    nil, "127.0.0.1:8080", "127.0.0.1:35554", "10.0.0.5:443", nil, "[2001:db8::2]:8080",
                    "127.0.0.1:35558",
                ])
        #expect((40...46).map { peers.ends($0)?.isConnecting } == [nil, false, false, true, nil, false, false])
    }
}
