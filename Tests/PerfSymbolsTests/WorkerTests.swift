import Glibc
import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@Suite("Symbol worker")
struct WorkerTests {
    private func addresses(of path: String) throws -> [ImageAddress] {
        let elf = try ElfImage(OpenFile(path: path))
        let text = try #require(elf.section(named: ".text"))
        return stride(from: text.address.rawValue, to: text.address.rawValue + text.size, by: 8)
            .map(ImageAddress.init(rawValue:))
    }

    @Test("survives flipped bits in debug information")
    func survivesHostileDebugInformation() throws {
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileC(flags: ["-g", "-O2"], in: directory)
        let addresses = try addresses(of: path)
        let file = try OpenFile(path: path)
        let original = file.bytes(at: FileOffset(rawValue: 0), count: Int(file.byteCount))
        let sections = try ElfImage(original).sections.filter { $0.name.hasPrefix(".debug_") && $0.size > 0 }
        try #require(sections.count >= 4)
        let symbolizer = Symbolizer(workerExecutable: Toolchain.perfdoctor, timeout: .seconds(20))
        var random = SeededGenerator(seed: 11)
        for round in 0..<60 {
            var bytes = original
            for _ in 0..<(1 + round % 24) {
                guard let section = sections.randomElement(using: &random) else { continue }
                let index = Int(section.offset.rawValue + .random(in: 0..<section.size, using: &random))
                bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            try directory.write(bytes, to: "hostile")
            let hostile = try OpenFile(path: directory.path + "/hostile")
            let image = SymbolImage(path: "/hostile", kind: .elf(file: hostile, root: nil))
            let result = symbolizer.frames(of: image, at: addresses)
            #expect(result.frames.count == addresses.count)
            // The symbol table is sound, so names are there whatever happens to the rest.
            #expect(result.frames.contains { $0.contains { $0.name == "main" } })
        }
        // The undamaged program still works: workers that crashed were replaced.
        let sound = symbolizer.frames(
            of: SymbolImage(path: path, kind: .elf(file: file, root: nil)), at: addresses
        )
        #expect(sound.frames.contains { $0.count == 3 && $0[0].name == "leaf" && $0[0].line == 4 })
        #expect(sound.warnings.isEmpty)
    }

    @Test(
        "goes on without a worker that cannot be started, ends at once, or never answers",
        arguments: ["/nonexistent", "/bin/false", "/usr/bin/yes"])
    func goesOnWithoutWorker(executable: String) throws {
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileC(flags: ["-g", "-O2"], in: directory)
        let image = SymbolImage(path: path, kind: .elf(file: try OpenFile(path: path), root: nil))
        let symbolizer = Symbolizer(workerExecutable: executable, timeout: .milliseconds(50))
        var codes: Set<String> = []
        for _ in 0..<4 {
            let result = symbolizer.frames(of: image, at: try addresses(of: path))
            #expect(result.frames.contains { $0.first?.name == "main" })
            codes.formUnion(result.warnings.map(\.code))
        }
        #expect(codes.contains("symbol_helper_missing"))
    }

    @Test("gives the worker nothing but its socket, and an empty environment")
    func inheritsNothing() throws {
        let directory = try TemporaryDirectory()
        let source = """
            #include <stdio.h>
            #include <unistd.h>
            extern char **environ;
            int main(int count, char **arguments) {
                FILE *out = fopen(OUTPUT, "w");
                fprintf(out, "%d %s\\n", count, arguments[1]);
                for (int fd = 0; fd < 1024; fd++) {
                    char path[64], target[256];
                    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
                    ssize_t size = readlink(path, target, sizeof target - 1);
                    if (size <= 0 || fd == fileno(out)) continue;
                    target[size] = 0;
                    fprintf(out, "%d %.6s\\n", fd, target);
                }
                for (char **entry = environ; *entry; entry++) fprintf(out, "%.8s\\n", *entry);
                fclose(out);
                return 0;
            }

            """
        let spy = try Fixtures.compileC(
            source, flags: ["-DOUTPUT=\"\(directory.path)/seen\""], in: directory, name: "spy"
        )
        let path = try Fixtures.compileC(flags: ["-g"], in: directory)
        let symbolizer = Symbolizer(workerExecutable: spy, timeout: .seconds(10))
        let image = SymbolImage(path: path, kind: .elf(file: try OpenFile(path: path), root: nil))
        _ = symbolizer.frames(of: image, at: try addresses(of: path))
        let seen = String(decoding: try directory.read("seen"), as: UTF8.self).split(separator: "\n")
        #expect(seen.prefix(5) == ["2 __symbolize", "0 /dev/n", "1 /dev/n", "2 /dev/n", "3 socket"])
        #expect(Set(seen.dropFirst(5)).isSubset(of: ["SWIFT_BA", "LC_ALL=C", "LD_LIBRA"]))
    }

    /// A worker that aborts at the name CRASH, and otherwise answers to names as `REPLY` says.
    private static let impostor = """
        #include <stdint.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        static void all(void *bytes, size_t size, int out) {
            for (size_t done = 0; done < size;) {
                ssize_t got = out ? write(3, (char *)bytes + done, size - done) : read(3, (char *)bytes + done, size - done);
                if (got <= 0) exit(0);
                done += got;
            }
        }
        int main(void) {
            for (;;) {
                uint32_t header[3];
                all(header, sizeof header, 0);
                char *payload = malloc(header[2] + 1);
                all(payload, header[2], 0);
                for (uint32_t i = 0; i + 5 <= header[2]; i++)
                    if (memcmp(payload + i, "CRASH", 5) == 0) abort();
                header[1] = 4;
                REPLY
                all(header, sizeof header, 1);
                all(payload, header[2], 1);
                free(payload);
            }
        }

        """

    /// The names that come back for `symbols` when `reply` is what the worker does to its answer.
    private func names(_ symbols: [String], reply: String) throws -> [String] {
        let directory = try TemporaryDirectory()
        let source = Self.impostor.split(separator: "REPLY").joined(separator: reply)
        let worker = try Fixtures.compileC(source, flags: [], in: directory, name: "worker")
        let lines = symbols.enumerated().map { String($0 * 16 + 16, radix: 16) + " 10 \($1)\n" }.joined()
        try directory.write(Array(lines.utf8), to: "map")
        let image = SymbolImage(path: "jit", kind: .perfMap(try OpenFile(path: directory.path + "/map")))
        let result = Symbolizer(workerExecutable: worker, timeout: .milliseconds(500)).frames(
            of: image, at: symbols.indices.map { ImageAddress(rawValue: UInt64($0 * 16 + 16)) }
        )
        return result.frames.map { $0.first?.name ?? "" }
    }

    @Test("leaves out only the name that a demangler crashes on")
    func findsTheCrashingName() throws {
        let symbols = (0..<50).map { $0 == 17 || $0 == 42 ? "_ZCRASH\($0)" : "_Zgood\($0)" }
        let reply =
            "for (uint32_t i = 0; i + 2 <= header[2]; i++) if (payload[i] == '_') memcpy(payload + i, \"OK\", 2);"
        let names = try names(symbols, reply: reply)
        for (symbol, name) in zip(symbols, names) {
            #expect(name == (symbol.hasPrefix("_ZCRASH") ? symbol : "OK" + symbol.dropFirst(2)))
        }
    }

    @Test(
        "survives a worker that somebody has taken over",
        arguments: [
            "header[0] = 1;", "header[1] = 99;", "header[1] = 3;", "header[2] = 0xFFFFFFFF;", "header[2] = 64 << 20;",
            "memset(payload, 0xFF, header[2]);", "header[2] /= 2;", "header[2] = 0;",
        ])
    func survivesImpostors(reply: String) throws {
        let symbols = ["_Zone", "_Ztwo", "three"]
        #expect(try names(symbols, reply: reply) == symbols)
    }

    @Test("reads its own messages, and survives all others")
    func survivesHostileMessages() throws {
        let messages: [WorkerMessage] = [
            .framesRequest([ImageAddress(rawValue: 1), ImageAddress(rawValue: .max)]),
            .namesRequest(["$s4main3fooyyF", "", "名"]), .names(["a", ""]), .names([]),
            .frames(FramesReply(status: .failed)),
        ]
        var random = SeededGenerator(seed: 13)
        for message in messages {
            let bytes = try #require(message.bytes)
            let header = try #require(WorkerMessage.Header(Array(bytes.prefix(WorkerMessage.headerSize))))
            let payload = Array(bytes.dropFirst(WorkerMessage.headerSize))
            #expect(header.payloadSize == payload.count)
            #expect(WorkerMessage(kind: header.kind, payload: payload) == message)
            for _ in 0..<300 {
                var damaged = payload
                for _ in 0..<3 where !damaged.isEmpty {
                    damaged[.random(in: 0..<damaged.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                damaged.removeLast(.random(in: 0...damaged.count, using: &random))
                _ = WorkerMessage(kind: .random(in: 0...5, using: &random), payload: damaged)
            }
        }
        #expect(WorkerMessage.Header([UInt8](repeating: 0xFF, count: 12)) == nil)
        #expect(WorkerMessage.Header([]) == nil)
        for _ in 0..<3000 {
            let payload: [UInt8] = (0..<Int.random(in: 0..<120, using: &random)).map { _ in
                Bool.random(using: &random) ? 0 : .random(in: 0...40, using: &random)
            }
            _ = FramesReply(payload)
        }
    }

    @Test("takes the worker's privileges away, and ends it")
    func confinesAndEndsTheWorker() throws {
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileC(flags: ["-g"], in: directory)
        let image = SymbolImage(path: path, kind: .elf(file: try OpenFile(path: path), root: nil))
        // A name of its own, because other tests have workers at the same time.
        let name = "worker-\(getpid())"
        // SAFETY: both paths are terminated strings for the call.
        try #require(unsafe symlink(Toolchain.perfdoctor, "\(directory.path)/\(name)") == 0)
        var symbolizer: Symbolizer? = Symbolizer(workerExecutable: "\(directory.path)/\(name)")
        #expect(symbolizer?.frames(of: image, at: try addresses(of: path)).hasDebugInfo == true)

        let workers = try children().filter { try status(of: $0, "Name") == name }
        let worker = try #require(workers.first)
        #expect(workers.count == 1)
        if geteuid() == 0 { #expect(try status(of: worker, "Uid") == "65534") }
        #expect(try status(of: worker, "NoNewPrivs") == "1")
        #expect(try status(of: worker, "Seccomp") == "2")
        for set in ["CapEff", "CapPrm", "CapInh", "CapAmb"] {
            #expect(try status(of: worker, set) == "0000000000000000")
        }
        symbolizer = nil
        #expect(try !children().contains(worker))
    }

    private func children() throws -> [String] {
        let tasks = try TemporaryDirectory.names(in: "/proc/self/task")
        return tasks.flatMap { task -> [String] in
            do {
                let text = String(decoding: try ProcFile.bytes("/proc/self/task/\(task)/children"), as: UTF8.self)
                return text.split(separator: " ").map(String.init)
            } catch {
                // The thread has ended meanwhile.
                return []
            }
        }
    }

    private func status(of pid: String, _ field: String) throws -> String? {
        do {
            let text = String(decoding: try ProcFile.bytes("/proc/\(pid)/status"), as: UTF8.self)
            let line = text.split(separator: "\n").first { $0.hasPrefix("\(field):") }
            return line?.split(whereSeparator: { $0 == "\t" || $0 == " " }).dropFirst().first.map(String.init)
        } catch {
            // A child of another test that has ended meanwhile.
            return nil
        }
    }
}
