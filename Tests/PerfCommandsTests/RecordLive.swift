import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import PerfSampling
import Testing

extension Tag {
    /// Runs real programs under the real executable.
    @Tag static var live: Self
}

/// `record` and `report` as users run them, on programs with known answers; one after the other.
@Suite(
    "record, live", .serialized, .tags(.live), .timeLimit(.minutes(20)), .enabled(if: Live.isPossible, "see above"))
struct RecordLiveTests {}

/// What live tests run.
enum Live {
    static let perfdoctor =
        ProcessInfo.processInfo.environment["PERFDOCTOR_EXECUTABLE"] ?? Repository.root + ".build/debug/perfdoctor"

    /// Kinds of builds; the debug build of this package when ci/workloads has made none.
    static let variants: [String] =
        ProcessInfo.processInfo.environment["PERFDOCTOR_WORKLOADS"] == nil
        ? ["debug"] : ["swiftpm", "static", "plain", "plain-g"]

    static func workload(_ variant: String) -> String {
        guard let folder = ProcessInfo.processInfo.environment["PERFDOCTOR_WORKLOADS"] else {
            return Repository.root + ".build/debug/perfdoctor-workload"
        }
        return "\(folder)/\(variant)/perfdoctor-workload"
    }

    /// The one that most tests use.
    static var workload: String { workload(variants[0]) }

    /// Whether programs can be recorded here; the reason is printed when not.
    static let isPossible: Bool = {
        for path in [perfdoctor, workload] where !FileManager.default.isExecutableFile(atPath: path) {
            print("record, live: skipped: \(path) is not built; run: swift build")
            return false
        }
        do {
            let directory = try LiveDirectory()
            let ending = try LiveProcess(
                [perfdoctor, "record", "-q", "-o", "probe.pb.gz", "--", workload, "spin", "--ms", "100"],
                in: directory
            ).wait()
            if ending.status == 0 { return true }
            print("record, live: skipped: nothing can be recorded here: \(ending.errors)")
        } catch {
            print("record, live: skipped: \(error)")
        }
        return false
    }()

    static var isRoot: Bool { geteuid() == 0 }

    /// Runs perfdoctor to its end.
    static func run(_ arguments: [String], in directory: LiveDirectory) throws -> LiveProcess.Ending {
        try LiveProcess([perfdoctor] + arguments, in: directory).wait()
    }

    /// Starts perfdoctor.
    static func start(_ arguments: [String], in directory: LiveDirectory) throws -> LiveProcess {
        try LiveProcess([perfdoctor] + arguments, in: directory)
    }

    /// Where times of waits can be taken from here.
    static let waitSources: [WaitSource] = WaitSource.allCases.filter { source in
        let probe = Result {
            try record(["--clock", "off-cpu", "--", workload, "blocker", "--ms", "10"], waitsFrom: source, in: .init())
        }
        if case .success = probe { return true }
        print("record, live: waits from \(source.rawValue) are not to be had here")
        return false
    }

    /// Records with the given arguments and reads the profile.
    static func record(
        _ arguments: [String], waitsFrom source: WaitSource? = nil, in directory: LiveDirectory
    ) throws -> LiveRecording {
        let path = directory.newName("profile")
        var command = [perfdoctor, "record", "-q", "-o", path] + arguments
        if let source { command = ["/usr/bin/env", "PERFDOCTOR_WAIT_SOURCE=\(source.rawValue)"] + command }
        let ending = try LiveProcess(command, in: directory).wait()
        try #require(ending.status == 0 || ending.status == 6, "\(ending.errors)")
        return try LiveRecording(path: path, ending: ending)
    }
}

/// A profile that was recorded, and what the target said of itself.
struct LiveRecording {
    let profile: Profile
    let ending: LiveProcess.Ending

    init(path: String, ending: LiveProcess.Ending) throws {
        let data = try #require(FileManager.default.contents(atPath: path), "no profile: \(ending.errors)")
        self.init(profile: try Profile(decoding: Array(data)), ending: ending)
    }

    init(profile: Profile, ending: LiveProcess.Ending) {
        self.profile = profile
        self.ending = ending
    }

    var counts: ProfileExtras.Counts { profile.extras?.counts ?? ProfileExtras.Counts() }
    var sampleCount: Double { profile.samples.reduce(0) { $0 + Double($1.values[0]) } }
    /// CPU time in nanoseconds.
    var total: Double { profile.samples.reduce(0) { $0 + Double($1.values[1]) } }

    /// Names of a sample's functions, leaf first, inlined ones included.
    func names(_ sample: Profile.Sample) -> [String] {
        sample.locations.flatMap { location in
            profile.locations[location].lines.map { profile.functions[$0.function].name }
        }
    }

    /// Samples in whose stack a function of that name stands.
    func count(under name: String) -> Double {
        profile.samples.reduce(0) { sum, sample in
            names(sample).contains { $0.contains(name) } ? sum + Double(sample.values[0]) : sum
        }
    }

    func share(under name: String) -> Double { count(under: name) / max(1, sampleCount) }

    /// CPU time in nanoseconds by thread name.
    var timeByThread: [String: Double] {
        var result: [String: Double] = [:]
        for sample in profile.samples {
            result[profile.text(LabelKey.thread, in: sample.labelSet) ?? "", default: 0] += Double(sample.values[1])
        }
        return result
    }

    var pids: Set<Int64> { Set(profile.samples.compactMap { profile.number(LabelKey.processID, in: $0.labelSet) }) }

    /// What the target printed: `metric subject value`.
    func truth(_ metric: String, _ subject: String) -> Double? {
        Self.truth(in: ending.text, metric, subject)
    }

    static func truth(in text: String, _ metric: String, _ subject: String) -> Double? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3, words[0] == metric, words[1] == subject { return Double(words[2]) }
        }
        return nil
    }

    /// How far a share may be off.
    ///
    /// Samples fall into a function like draws with its share p: the number of n samples has the standard deviation
    /// sqrt(p (1 - p) n). On a busy machine a program runs in slices of about 4 ms, and the four samples of a slice
    /// fall into one function, so that there are only n / 4 independent draws. Four standard deviations are exceeded
    /// once in 16,000 checks. One point more for the time that the program's own clock cannot assign.
    func margin(_ share: Double) -> Double {
        4 * (share * (1 - share) / max(1, sampleCount / 4)).squareRoot() + 0.01
    }

    /// Share of whole stacks among those that were unwound as asked: on a busy machine some are taken by frame
    /// pointers alone, which is counted and which no unwinder could change.
    var rootedShare: Double {
        let unrooted = Double(counts.unrooted) - Double(min(counts.unrooted, counts.degraded))
        return 1 - unrooted / max(1, Double(counts.samples) - Double(counts.degraded))
    }
}
