import FoundationEssentials
import PerfModel
import PerfProfiles
import Testing

extension HeapLiveTests {
    /// Programs that make it hard to count what they allocate; C programs whose answers are known exactly.
    @Suite("hostile programs", .serialized, .timeLimit(.minutes(15))) struct Hostile {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        @Test(
            "libraries that take turns at one address keep their own stacks",
            arguments: ["-fno-omit-frame-pointer", "-fomit-frame-pointer"])
        func libraries(framePointers: String) throws {
            let flags = [framePointers, "-fPIC", "-shared", "-fno-optimize-sibling-calls"]
            // Frames of different sizes at the same address: what is remembered of the one is wrong for the other.
            for (name, room) in [("alpha", "48"), ("beta", "304")] {
                let source = Self.plugin.replacing("NAME", with: name).replacing("ROOM", with: room)
                _ = try directory.build(name, source, options: flags)
            }
            let host = try directory.build("host", Self.host, options: [framePointers, "-fno-optimize-sibling-calls"])
            let found = try HeapLiveRecording(
                ["--", host, directory.path + "/alpha", directory.path + "/beta"], in: directory)
            // Else the test shows nothing: the loader maps the second one where the first one was.
            let shared = try #require(found.truth("shared")["address"])
            #expect(shared >= 25)
            for (name, other, count) in [("alpha", "beta", 500), ("beta", "alpha", 1000)] {
                #expect(found.sum("alloc_objects", under: name + "_block") == count, "\(name)")
                for sample in found.profile.samples {
                    let names = found.names(sample)
                    guard names.contains(name + "_block") else { continue }
                    #expect(Array(names.prefix(4)) == [name + "_block", name + "_run", "use", "main"], "\(names)")
                    #expect(!names.contains { $0.hasPrefix(other) }, "\(names)")
                }
            }
        }

        @Test("a thousand threads that live at once are counted exactly")
        func crowd() throws {
            let program = try directory.build("crowd", Self.crowd)
            let found = try HeapLiveRecording(["--", program], in: directory)
            #expect(found.sum("alloc_objects", under: "crowd_block") == 501_000)
            #expect(found.sum("temporary_objects", under: "crowd_block") == 500_000)
            #expect(found.sum("inuse_objects", under: "crowd_block") == 0)
            // What a thread hands to the one that joins it is freed there.
            #expect(found.sum("alloc_objects", under: "passed_block") == 1000)
            #expect(found.sum("inuse_objects", under: "passed_block") == 0)
            let heap = try #require(found.profile.extras?.heap)
            #expect(heap.allocations.count - heap.frees.count == heap.live.count)
        }

        @Test("a program at a fixed address that takes the address of malloc has no malloc of its own")
        func fixedAddress() throws {
            guard LiveCompiler.isPossible(for: "a fixed address") else { return }
            let program = try LiveCompiler.compile(
                """
                #include <stdlib.h>
                static void *(*allocate)(size_t) = malloc;
                __attribute__((noinline)) void *make(void) { return allocate(123); }
                int main(void) {
                    for (int i = 0; i < 10; i++) *(char *volatile)make() = 1;
                    return (void *)allocate == (void *)free;
                }
                """, to: "fixed", options: ["-no-pie", "-fno-pic", "-O1"], in: directory)
            let found = try HeapLiveRecording(["--", program], in: directory)
            #expect(found.sum("alloc_objects", under: "make") == 10)
        }

        @Test("blocks of other allocators are told apart, however close they lie")
        func smallBlocks() throws {
            let folder = try #require(Self.libraries)
            // redis-server brings the first one.
            for library in ["libjemalloc.so.2", "libtcmalloc_minimal.so.4"] {
                guard FileManager.default.fileExists(atPath: "\(folder)/\(library)") else {
                    print("heap, live: \(library) skipped: it is not installed")
                    continue
                }
                let linked = try directory.build("small-\(library)", Self.small, options: ["\(folder)/\(library)"])
                let found = try HeapLiveRecording(["--", linked], in: directory)
                #expect(found.sum("alloc_objects", under: "small_block") == 20_000, "\(library)")
                #expect(found.sum("alloc_space", under: "small_block") == 10_000 * 8 + 10_000 * 3, "\(library)")
                #expect(found.sum("inuse_objects", under: "small_block") == 10_000, "\(library)")
                #expect(found.sum("inuse_space", under: "small_block") == 10_000 * 8, "\(library)")
                #expect(found.warningCodes.contains("other_allocator"), "\(found.warningCodes)")
                #expect(!found.warningCodes.contains("unseen_frees"), "\(found.warningCodes)")
            }
        }

        /// Where the system keeps its libraries.
        private static let libraries: String? = {
            ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"].first {
                FileManager.default.fileExists(atPath: $0)
            }
        }()

        /// Blocks that were allocated before the end: by constructors and destructors, and by main.
        private static let phases: [(phase: String, early: Int, main: Int)] = [
            ("constructor", 1000, 0), ("main", 1000, 1000), ("amid", 1000, 1000), ("atexit", 2000, 1000),
            ("destructor", 3000, 1000), ("thread", 2000, 2000),
        ]

        @Test(
            "whenever a program dies, all that it counted stays",
            arguments: [("kill", 137), ("segv", 139), ("abort", 134), ("_exit", 7)])
        func deaths(way: String, status: Int32) throws {
            let program = try directory.build("dies", Self.dies)
            for (phase, early, main) in Self.phases {
                let found = try HeapLiveRecording(["--", program, phase, way], status: status, in: directory)
                #expect(found.sum("alloc_objects", under: "early_blocks") == early, "\(phase)")
                #expect(found.sum("inuse_objects", under: "early_blocks") == early, "\(phase)")
                #expect(found.sum("alloc_objects", under: "main_blocks") == main, "\(phase)")
                // Of the blocks of the four threads one each lives, or is between two counters.
                #expect((0...8).contains(found.sum("inuse_objects", under: "churn")), "\(phase)")
                #expect(found.warningCodes.contains("ended_unseen") == (way != "_exit"), "\(phase)")
            }
        }

        @Test("in a memory cgroup that has room for the counters, every block is counted")
        func cgroup() throws {
            let program = try directory.build("fill", Self.fill)
            guard let group = try LiveMemoryCgroup(named: "room", limit: 96 << 20) else { return }
            defer { #expect(group.remove()) }
            // 16 MiB of blocks, 28 MiB with what malloc adds, and half of that for the counters.
            let script = "echo $$ > \(group.processes); exec \(program) 16 40"
            let found = try HeapLiveRecording(["--", "/bin/sh", "-c", script], in: directory)
            #expect(found.sum("alloc_objects", under: "fill_block") == (16 << 20) / 40)
            #expect(found.sum("alloc_space", under: "fill_block") == (16 << 20) / 40 * 40)
            #expect(found.sum("inuse_objects", under: "fill_block") == 0)
        }

        @Test("in a memory cgroup that the program nearly fills, samples leave it alive")
        func tightCgroup() throws {
            let program = try directory.build("fill", Self.fill)
            guard let group = try LiveMemoryCgroup(named: "tight", limit: 48 << 20) else { return }
            defer { #expect(group.remove()) }
            // 40 MiB of blocks of a page each.
            let script = "echo $$ > \(group.processes); exec \(program) 40 4072"
            let found = try HeapLiveRecording(["--sample", "64KiB", "--", "/bin/sh", "-c", script], in: directory)
            let heap = try #require(found.profile.extras?.heap)
            // Five standard errors are exceeded once in 1.7 million runs.
            let bytes = Double(found.sum("alloc_space", under: "fill_block"))
            #expect(abs(bytes - Double(40 << 20)) < 5 * heap.bytesError + 4096, "\(bytes) ± \(heap.bytesError)")
            #expect(heap.bytesError < Double(4 << 20))
        }

        @Test("what lives in its memory cgroup by itself lives there while it is recorded")
        func survivingCgroup() throws {
            let program = try directory.build("fill", Self.fill)
            guard let group = try LiveMemoryCgroup(named: "surviving", limit: 64 << 20) else { return }
            defer { #expect(group.remove()) }
            // 30 MiB of blocks, 40 MiB with what malloc adds; the counters of all would take 20 MiB more.
            let script = "echo $$ > \(group.processes); exec \(program) 30 48"
            let found = try HeapLiveRecording(["--", "/bin/sh", "-c", script], in: directory)
            #expect(found.warningCodes.contains("stopped"))
            let live = found.sum("inuse_space", under: "fill_block")
            #expect(live > 10 << 20 && live < 30 << 20, "\(live)")
        }

        @Test("what the kernel kills for want of memory leaves all that it counted")
        func outOfMemory() throws {
            let program = try directory.build("fill", Self.fill)
            guard let group = try LiveMemoryCgroup(named: "small", limit: 32 << 20) else { return }
            defer { #expect(group.remove()) }
            let script = "echo $$ > \(group.processes); exec \(program) 64 4072"
            let found = try HeapLiveRecording(["--", "/bin/sh", "-c", script], status: 137, in: directory)
            // It dies at less than 32 MiB; counting ends when the counters of more would not fit, at about a half.
            let live = found.sum("inuse_space", under: "fill_block")
            #expect(live > 10 << 20 && live < 32 << 20, "\(live)")
            #expect(live == found.sum("inuse_objects", under: "fill_block") * 4072)
            #expect(found.warningCodes.contains("stopped"))
            let warning = found.profile.extras?.warnings.first { $0.code == "out_of_memory" }
            #expect(warning?.message.contains("its cgroup allows 32 MiB") == true)
            #expect(warning?.remedy.contains("--sample") == true)
        }
    }
}
