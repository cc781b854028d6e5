import FoundationEssentials
import Glibc
import PerfModel
import Synchronization
import Testing

@testable import PerfSampling

/// Samples of running programs, each unwound by rows and by libunwind.
@Suite("Unwinding live samples by rows and by libunwind")
struct UnwindLiveTests {
    /// What both made of each sample.
    final class Comparison: Sendable {
        struct Tally {
            var samples = 0
            var rooted = 0
            var differences: [String] = []
        }

        private let tally = Mutex(Tally())
        var result: Tally { tally.withLock { $0 } }

        func note(_ own: (StackEnd, [UnwoundFrame]), _ reference: (StackEnd, [UnwoundFrame])) {
            tally.withLock { tally in
                tally.samples += 1
                if own.0 == .root { tally.rooted += 1 }
                if own != reference { tally.differences.append("\(own), libunwind \(reference)") }
            }
        }
    }

    /// Unwinds by rows and, at the same moment, by libunwind.
    final class ComparingUnwinder: Unwinder {
        private let byRows = RowCacheUnwinder()
        private let libunwind = LibunwindUnwinder()
        private let comparison: Comparison

        init(_ comparison: Comparison) {
            self.comparison = comparison
        }

        func unwind(
            _ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]
        ) -> StackEnd {
            var reference: [UnwoundFrame] = []
            // SAFETY: what is captured is handed on as it came.
            let referenceEnd = unsafe libunwind.unwind(captured, in: space, into: &reference)
            let end = unsafe byRows.unwind(captured, in: space, into: &frames)
            comparison.note((end, frames), (referenceEnd, reference))
            return end
        }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The workload as it stands beside this test bundle, or the variants that ci/workloads built.
    private static var executables: [String] {
        let environment = ProcessInfo.processInfo.environment
        let variants = ["swiftpm", "static", "plain", "plain-g"].map {
            (environment["PERFDOCTOR_WORKLOADS"] ?? root + "/.build/workloads") + "/\($0)/perfdoctor-workload"
        }
        let own = environment["PERFDOCTOR_WORKLOAD"] ?? root + "/.build/debug/perfdoctor-workload"
        return (variants + [own]).filter { FileManager.default.isExecutableFile(atPath: $0) }
    }

    @Test(
        "all chains are the same", .timeLimit(.minutes(15)),
        arguments: ["mix", "spin", "async", "leaves", "recursion", "dlopen"])
    func same(workload: String) throws {
        guard case .available = LibunwindUnwinder.availability else {
            print("skipped: there is no libunwind to compare with")
            return
        }
        let executables = Self.executables
        if executables.isEmpty { print("skipped: perfdoctor-workload is not built") }
        for executable in executables {
            let comparison = Comparison()
            // On a busy machine a run may be over before it was sampled: there are more until something was seen.
            for _ in 0..<25 where comparison.result.samples < 40 {
                guard try sample(executable, workload, comparison) else { return }
            }
            let result = comparison.result
            // Known differences: none. If one comes up, explain it here and count it.
            #expect(result.differences.isEmpty, "\(result.differences.prefix(3)) of \(result.samples) in \(executable)")
            #expect(result.samples >= 40)
        }
    }

    /// Samples a program while it uses 0.2 s; false when that is not allowed here.
    private func sample(_ executable: String, _ workload: String, _ comparison: Comparison) throws -> Bool {
        let pid = try spawn([executable, workload, "--ms", "200"])
        defer { end(pid) }
        var options = SamplingOptions()
        options.frequency = 1999
        options.makeUnwinder = { ComparingUnwinder(comparison) }
        let sampler: PerfSampler
        do {
            sampler = try PerfSampler(target: .processes([pid]), options: options)
            try sampler.start()
        } catch {
            print("skipped: \(error)")
            return false
        }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, WNOHANG) == 0 {
            var polled = sampler.pollDescriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // SAFETY: the array outlives the call, which changes only its elements.
            unsafe poll(&polled, nfds_t(polled.count), 5)
            sampler.drain()
        }
        _ = sampler.finish()
        return true
    }

    private func spawn(_ arguments: [String]) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        // SAFETY: the actions are initialized here and destroyed at the end of this function.
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        _ = unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        // SAFETY: each copy is freed below; the list ends with a null.
        var list = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe list.indices { unsafe free(list[index]) } }
        var pid = pid_t()
        let result = unsafe posix_spawn(&pid, arguments[0], &actions, nil, &list, environ)
        try #require(result == 0, "cannot start \(arguments[0]): \(result)")
        return pid
    }

    private func end(_ pid: pid_t) {
        // It has been waited for unless sampling failed.
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == 0 else { return }
        kill(pid, SIGKILL)
        unsafe waitpid(pid, &status, 0)
    }
}
