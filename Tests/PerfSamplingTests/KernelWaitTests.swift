import PerfLinux
import PerfModel
import Testing

@testable import PerfSampling

@Suite("Reasons of waits")
struct KernelWaitTests {
    private static let tail = ["do_syscall_64", "entry_SYSCALL_64_after_hwframe"]

    @Test(
        "the kernel's functions tell the reason",
        arguments: [
            (["__schedule", "schedule", "futex_do_wait", "__futex_wait", "do_futex", "__x64_sys_futex"], "lock"),
            (["__schedule", "schedule", "do_nanosleep", "hrtimer_nanosleep", "__x64_sys_clock_nanosleep"], "sleep"),
            (["__schedule", "schedule", "schedule_hrtimeout_range", "ep_poll", "do_epoll_wait"], "idle"),
            (["__schedule", "schedule", "anon_pipe_read", "vfs_read", "ksys_read"], "network"),
            (["__schedule", "io_schedule", "folio_wait_bit_common", "filemap_read", "vfs_read", "ksys_read"], "disk"),
            (["__schedule", "schedule", "jbd2_log_wait_commit", "ext4_sync_file", "__x64_sys_fsync"], "disk"),
            (
                [
                    "__schedule", "io_schedule", "folio_wait_bit_common", "filemap_fault", "do_user_addr_fault",
                    "exc_page_fault",
                ], "memory"
            ),
            (["__schedule", "schedule", "rwsem_down_write_slowpath", "__x64_sys_mprotect"], "lock"),
            (["__schedule", "schedule", "do_wait", "kernel_wait4", "__x64_sys_wait4"], "lock"),
            ([], "unknown"),
        ])
    func reasons(functions: [String], reason: String) {
        #expect(KernelWait(functions: functions + Self.tail).cause == .reason(WaitReason(rawValue: reason) ?? .disk))
    }

    @Test("the function is the innermost one that is not the scheduler's, without suffixes")
    func function() {
        let wait = KernelWait(functions: ["__schedule", "schedule", "schedule_timeout", "tcp_recvmsg_locked.isra.0"])
        #expect(wait.function == "tcp_recvmsg_locked")
        #expect(wait.cause == .descriptor)
    }

    @Test("a system call by its number does where names are hidden")
    func systemCall() {
        #expect(KernelWait(systemCall: 202).cause == .reason(.lock))
        #expect(KernelWait(systemCall: 0).cause == .descriptor)
        #expect(KernelWait(systemCall: 7).cause == .poll)
        #expect(KernelWait(systemCall: 99_999).cause == .reason(.unknown))
    }

    @Test("what a descriptor refers to tells the reason")
    func descriptors() {
        #expect(DescriptorReasons.reason(ofTarget: "pipe:[12]") == .network)
        #expect(DescriptorReasons.reason(ofTarget: "/var/lib/data") == .disk)
        #expect(DescriptorReasons.reason(ofTarget: "/dev/pts/0") == .idle)
        #expect(DescriptorReasons.reason(ofTarget: "anon_inode:[timerfd]") == .sleep)
        #expect(DescriptorReasons.reason(ofTarget: "") == .unknown)
    }

    @Test("the peer's port tells databases and caches from other peers")
    func ports() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:8AE2 0100007F:1538 01 00000000:00000000 00:00000000 00000000  1000        0 41 1 0 20
               1: 0100007F:8AE3 0100007F:18EB 01 00000000:00000000 00:00000000 00000000  1000        0 42 1 0 20
               2: 0100007F:8AE4 0100007F:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 43 1 0 20
            nonsense
            """
        var peers = TCPPeers()
        peers.add(Array(table.utf8))
        let ports = peers.peers.mapValues(\.port)
        #expect(ports == [41: 5432, 42: 6379, 43: 443])
        #expect(ports.mapValues(DescriptorReasons.reason(ofPeerPort:)) == [41: .database, 42: .cache, 43: .network])
    }

    @Test("both ends of a connection are found, of one over IPv4 to a server of IPv6 as well")
    func bothEnds() {
        let client = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:8AE2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 41 1 0 20
               1: 0100007F:8AE3 0100007F:1F91 01 00000000:00000000 00:00000000 00000000  1000        0 43 1 0 20
               2: 0100007F:1F91 0100007F:8AE3 01 00000000:00000000 00:00000000 00000000  1000        0 44 1 0 20
               3: 0100000A:8AE3 0200000A:1F91 01 00000000:00000000 00:00000000 00000000  1000        0 45 1 0 20
            """
        let server = """
              sl  local_address                         remote_address                        st tx_queue rx_queue
               0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:8AE2 01 0:0 00:0 0 0 0 42 1
            """
        var peers = TCPPeers()
        peers.add(Array(client.utf8))
        peers.add(Array(server.utf8))
        #expect(peers[41] == TCPPeers.Peer(port: 8080, inode: 42))
        #expect(peers[42]?.inode == 41)
        #expect(peers[43]?.inode == 44)
        #expect(peers[45]?.inode == nil)
        #expect(peers[99] == nil)
    }

    @Test(
        "the path of a local socket tells its server",
        arguments: [
            ("/var/run/postgresql/.s.PGSQL.5432", .database), ("/tmp/.s.PGSQL.6432", .database),
            ("/run/mysqld/mysqld.sock", .database), ("/var/lib/mysql/mysql.sock", .database),
            ("/run/redis/redis-server.sock", .cache), ("/tmp/redis.sock", .cache),
            ("/tmp/mongodb-27017.sock", .database), ("/run/memcached/memcached.sock", .cache),
            ("@/tmp/.X11-unix/X0", nil), ("/run/systemd/journal/stdout", nil), ("", nil), ("/redis/app.sock", nil),
        ] as [(String, WaitReason?)])
    func paths(path: String, reason: WaitReason?) {
        #expect(DescriptorReasons.reason(ofPeerPath: path) == reason)
    }

    @Test("/proc tells where a thread waits")
    func blockedThread() throws {
        let call = "202 0x7f01 0x89 0x0 0x0 0x0 0xffffffff 0x7f55aa00 0x7f1234\n"
        let thread = try #require(BlockedThread.parse(systemCall: call))
        #expect(thread.systemCall == 202)
        #expect(thread.arguments == (0x7f01, 0x89))
        #expect(thread.sp == 0x7f55_aa00)
        #expect(thread.ip == 0x7f_1234)
        #expect(BlockedThread.parse(systemCall: "-1 0x7f55aa00 0x7f1234")?.systemCall == nil)
        for text in ["running\n", "", "1 2", "x y z", "-1 0x 0x", "202 0x1"] {
            #expect(BlockedThread.parse(systemCall: text) == nil)
        }
        #expect(
            BlockedThread.functions(ofStack: "[<0>] futex_do_wait+0x38/0x70\n[<0>] __futex_wait+0x91/0x100\n\n")
                == ["futex_do_wait", "__futex_wait"])
    }

    @Test("hostile texts of /proc and tracefs neither crash nor give nonsense", arguments: 0..<50 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = FixedRandom(state: seed)
        let alphabet = Array("0123456789abcdefx:[]-+ \t\n;IDpid offset".utf8)
        for _ in 0..<100 {
            let bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = BlockedThread.parse(systemCall: text)
            _ = BlockedThread.functions(ofStack: text)
            var peers = TCPPeers()
            peers.add(bytes)
            _ = DescriptorReasons.reason(ofPeerPath: text)
            _ = DescriptorReasons.reason(ofTarget: text)
            if let format = TracepointFormat(parsing: bytes) { #expect((0...1024).contains(format.pidOffset)) }
            let thread = BlockedThread(systemCall: nil, arguments: (0, 0), ip: 1, sp: .max - 100, functions: [])
            #expect(thread.framePointers(in: bytes) { _ in true }.count <= 8)
        }
    }

    @Test("switch and waking records are read, and cut ones are not")
    func records() {
        let off = RecordBytes.record(
            type: 14, flags: 1 << 13 | 1 << 14, RecordBytes.trailer(pid: 3, tid: 4, time: 55))
        let raw: [UInt8] =
            RecordBytes.little(UInt16(375)) + [0x08, 0] + RecordBytes.little(Int32(4))
            + [UInt8](repeating: 65, count: 16) + RecordBytes.little(Int32(9)) + RecordBytes.little(Int32(120))
            + RecordBytes.little(Int32(1)) + [0, 0, 0, 0]
        let words = [1, 2].flatMap { RecordBytes.little(UInt64($0)) }
        let waking = RecordBytes.record(
            type: 9,
            words + RecordBytes.little(Int32(3)) + RecordBytes.little(Int32(4)) + RecordBytes.little(UInt64(77))
                + RecordBytes.little(UInt64(0)) + RecordBytes.little(UInt64(1)) + RecordBytes.little(UInt32(raw.count))
                + raw)
        #expect(read(off) { SwitchRecord($0) }?.direction == .off(wasRunnable: true))
        #expect(read(off) { SwitchRecord($0) }?.tid == 4)
        let woken = read(waking) { WakingRecord($0, wakeeOffset: 24) }
        #expect(woken?.tid == 9)
        #expect(woken?.time == 77)
        // The waker was interrupted: it is not the one who woke.
        #expect(woken?.waker == 0)
        for count in 0..<off.count { _ = read(Array(off[..<count])) { SwitchRecord($0) } }
        for count in 0..<waking.count { _ = read(Array(waking[..<count])) { WakingRecord($0, wakeeOffset: 24) } }
        #expect(read(waking) { WakingRecord($0, wakeeOffset: Int.max - 3) } == nil)
    }

    private func read<Value>(_ bytes: [UInt8], _ body: (PerfRecordBytes) -> Value?) -> Value? {
        // SAFETY: the bytes outlive the call of the body.
        unsafe bytes.withUnsafeBytes { unsafe body(PerfRecordBytes($0)) }
    }
}
