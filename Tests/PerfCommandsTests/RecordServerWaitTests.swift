import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

extension RecordLiveTests {
    /// What waits for real servers are called.
    @Suite("waits for servers")
    struct ServerWaits {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
            // Servers run as another user where we are root.
            // SAFETY: a terminated string for the duration of the call.
            unsafe chmod(directory.path, 0o755)
        }

        /// A directory that a server may write to.
        private func serverDirectory(_ name: String) throws -> String {
            let path = directory.path + "/" + name
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            // SAFETY: a terminated string for the duration of the call.
            unsafe chmod(path, 0o777)
            return path
        }

        private var unprivileged: [String] {
            Live.isRoot ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        }

        private func isInstalled(_ program: String, package: String) -> Bool {
            if FileManager.default.isExecutableFile(atPath: program) { return true }
            print("waits for servers: skipped: \(program) is missing; run: apt-get install \(package)")
            return false
        }

        /// A client that asks Redis to hold its answer back ten times for 50 ms.
        private func redisClient(_ address: String, name: String) throws -> String {
            let path = "\(directory.path)/\(name).py"
            try Data(
                """
                import socket
                s = socket.socket(\(address.hasPrefix("/") ? "socket.AF_UNIX" : "socket.AF_INET"))
                s.connect(\(address.hasPrefix("/") ? "'\(address)'" : "('127.0.0.1', \(address))"))
                for _ in range(10):
                    s.sendall(b"BLPOP nothing 0.05\\r\\n")
                    s.recv(64)
                """.utf8
            ).write(to: URL(filePath: path))
            return path
        }

        @Test("a Redis behind a local socket or an unusual port is a cache to its client")
        func redis() throws {
            guard isInstalled("/usr/bin/redis-server", package: "redis-server"),
                isInstalled("/usr/bin/python3", package: "python3")
            else { return }
            let folder = try serverDirectory("redis")
            // A path that says nothing, and a port that nobody knows.
            let (socket, port) = (folder + "/s", 20_000 + getpid() % 10_000)
            let server = try LiveProcess(
                unprivileged + [
                    "/usr/bin/redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", socket,
                    "--unixsocketperm", "777", "--dir", folder, "--save", "",
                ], in: directory)
            defer {
                kill(server.pid, SIGTERM)
                _ = server.wait()
            }
            try #require(server.waitForOutput("eady to accept connections"), "\(server.output)")
            for address in [socket, "\(port)"] {
                let client = try redisClient(address, name: address == socket ? "local" : "tcp")
                let recording = try Live.record(
                    ["--clock", "off-cpu", "--", "/usr/bin/python3", client], in: directory)
                let waited = recording.offCPU(reasons: ["cache"])
                #expect(waited > 450_000_000, "\(address): \(waited)")
                #expect(recording.offCPU(reasons: ["network"]) < 50_000_000)
            }
            // Without clients the server has nothing to do, and nothing of that is shown.
            let path = directory.newName("idle")
            let idle = try Live.run(
                ["record", "-q", "--clock", "off-cpu", "-p", "\(server.pid)", "-d", "0.5", "-o", path], in: directory)
            try #require(idle.status == 0, "\(idle.errors)")
            let nothing = try LiveRecording(path: path, ending: idle)
            #expect(nothing.offCPU(reasons: ["lock", "network", "cache", "unknown"]) == 0)
            #expect(nothing.offCPU(reasons: ["idle"]) > 450_000_000)
        }

        @Test("PostgreSQL is a database to its client, and a row lock in it is a lock with a holder")
        func postgres() throws {
            let folder = "/usr/lib/postgresql"
            let versions =
                FileManager.default.fileExists(atPath: folder)
                ? try FileManager.default.contentsOfDirectory(atPath: folder).sorted() : []
            let binaries = "\(folder)/\(versions.last ?? "15")/bin"
            guard isInstalled("\(binaries)/initdb", package: "postgresql"),
                isInstalled("\(binaries)/psql", package: "postgresql")
            else { return }
            let home = try serverDirectory("postgres")
            let made = try LiveProcess(
                unprivileged + [
                    "\(binaries)/initdb", "-D", home + "/data", "-A", "trust", "-U", "postgres", "--no-sync",
                ],
                in: directory
            ).wait()
            try #require(made.status == 0, "\(made.errors)")
            let server = try LiveProcess(
                unprivileged + [
                    "\(binaries)/postgres", "-D", home + "/data", "-k", home, "-p", "5999", "-c", "listen_addresses=",
                    "-c", "fsync=off", "-c", "deadlock_timeout=60s",
                ], in: directory)
            defer {
                kill(server.pid, SIGINT)
                _ = server.wait()
            }
            func psql(_ statement: String) -> [String] {
                ["\(binaries)/psql", "-q", "-h", home, "-p", "5999", "-U", "postgres", "-c", statement]
            }
            var isReady = false
            for _ in 0..<100 where !isReady {
                isReady = try LiveProcess(psql("select 1"), in: directory).wait().status == 0
                if !isReady { usleep(100_000) }
            }
            try #require(isReady)
            let table = try LiveProcess(
                psql("create table t (id int, v int); insert into t values (1, 0)"), in: directory
            ).wait()
            try #require(table.status == 0, "\(table.errors)")

            // The client's side.
            let client = try Live.record(
                ["--clock", "off-cpu", "--"] + psql("select pg_sleep(0.5)"), in: directory)
            #expect(client.offCPU(reasons: ["database"]) > 450_000_000)

            // The server's: one session holds a row for three seconds, another one wants it.
            let path = directory.newName("server")
            let recorder = try LiveProcess(
                [
                    Live.perfdoctor, "record", "--clock", "off-cpu", "-p", "\(server.pid)", "-d", "5", "-q", "-o",
                    path,
                ], in: directory)
            try #require(recorder.waitForEvents())
            let holder = try LiveProcess(
                psql("begin; update t set v = 1 where id = 1; select pg_sleep(3); commit"), in: directory)
            usleep(500_000)
            #expect(try LiveProcess(psql("update t set v = 2 where id = 1"), in: directory).wait().status == 0)
            #expect(holder.wait().status == 0)
            let ending = recorder.wait()
            try #require(ending.status == 0, "\(ending.errors)")
            let recording = try LiveRecording(path: path, ending: ending)
            let locked = recording.offCPU(under: "ProcSleep", reasons: ["lock"])
            #expect(locked > 500_000_000 && locked < 3_100_000_000, "\(locked)")
            #expect(recording.offCPU(under: "pg_sleep", reasons: ["sleep"]) > 2_500_000_000)
            guard Live.isRoot else { return }
            let ended = recording.profile.samples.reduce(0.0) { sum, sample in
                let waker = recording.profile.text(LabelKey.waker, in: sample.labelSet) ?? ""
                let isLock = recording.names(sample).contains("ProcSleep")
                return isLock && waker.hasPrefix("postgres (tid ") ? sum + Double(sample.values[1]) : sum
            }
            #expect(ended > 0.9 * locked, "\(ended) of \(locked)")
        }
    }
}

extension LiveRecording {
    /// Nanoseconds off the CPU for some reasons.
    func offCPU(reasons: Set<String>) -> Double {
        guard let index = profile.sampleTypes.firstIndex(where: { $0.type == "off_cpu" }) else { return 0 }
        return profile.samples.reduce(0) { sum, sample in
            guard let reason = profile.text(LabelKey.wait, in: sample.labelSet), reasons.contains(reason) else {
                return sum
            }
            return sum + Double(sample.values[index])
        }
    }
}
