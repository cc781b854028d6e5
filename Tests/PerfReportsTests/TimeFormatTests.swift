import FoundationEssentials
import PerfModel
import PerfProfiles
import Testing

@testable import PerfReports

/// Formats of other programs, held to their specifications.
@Suite("Formats over time") struct TimeFormatTests {
    // MARK: speedscope, from its file-format-spec.ts

    private struct Speedscope: Decodable {
        struct Frame: Decodable {
            var name: String
            var file: String?
            var line: Int?
        }
        struct Shared: Decodable { var frames: [Frame] }
        struct Track: Decodable {
            var type: String
            var name: String
            var unit: String
            var startValue: Int64
            var endValue: Int64
            var samples: [[Int]]
            var weights: [Int64]
        }
        var schema: String
        var shared: Shared
        var profiles: [Track]
        var name: String
        var activeProfileIndex: Int
        var exporter: String

        enum CodingKeys: String, CodingKey {
            case shared, profiles, name, activeProfileIndex, exporter
            case schema = "$schema"
        }
    }

    private func speedscope(_ profile: Profile, filter: ProfileFilter = ProfileFilter()) throws -> Speedscope {
        let bytes = try SpeedscopeFormat.bytes(of: Report(profile, source: "a.pb.gz", filter: filter))
        let file = try JSONDecoder().decode(Speedscope.self, from: Data(bytes))
        #expect(file.schema == "https://www.speedscope.app/file-format-schema.json")
        #expect(!file.profiles.isEmpty)
        #expect(file.profiles.indices.contains(file.activeProfileIndex))
        for track in file.profiles {
            #expect(track.type == "sampled")
            #expect(
                ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"].contains(track.unit))
            #expect(track.samples.count == track.weights.count)
            #expect(track.endValue >= track.startValue)
            #expect(track.weights.allSatisfy { $0 >= 0 })
            #expect(track.samples.allSatisfy { $0.allSatisfy(file.shared.frames.indices.contains) })
            if file.profiles.count < 100 {
                let sum = track.weights.reduce(0, saturatingSum)
                #expect(saturatingSum(track.startValue, sum) == track.endValue, "\(track.name)")
            }
        }
        return file
    }

    @Test("speedscope shows each thread over time, with gaps where it did not run")
    func speedscopeTimes() throws {
        let file = try speedscope(HTMLScene.stall.profile)
        #expect(file.profiles.map(\.name) == ["main (tid 100)", "worker (tid 101)"])
        let main = file.profiles[0]
        #expect(main.unit == "nanoseconds")
        #expect(main.startValue == 0 && main.endValue == 12_000_000_000)
        let gaps = zip(main.samples, main.weights).filter { $0.0.isEmpty }
        #expect(gaps.count == 12)
        #expect(gaps.allSatisfy { $0.1 == 100_000_000 })
        let worker = file.profiles[1]
        #expect(worker.samples.first?.isEmpty == true)
        #expect(worker.weights.first == 3_000_000_000)
        let names = worker.samples[1].map { file.shared.frames[$0].name }
        #expect(names == ["start", "compress"])
    }

    @Test("speedscope has just the window")
    func speedscopeWindow() throws {
        let filter = ProfileFilter(time: try TimeWindow(parsing: "2.35,2.55"))
        let file = try speedscope(HTMLScene.stall.profile, filter: filter)
        #expect(file.profiles.count == 1)
        #expect(file.profiles[0].startValue == 2_350_000_000)
        #expect(file.profiles[0].endValue == 2_550_000_000)
        #expect(file.profiles[0].samples.count { !$0.isEmpty } == 100)
    }

    @Test("speedscope reads every odd profile, with times and without", arguments: ReportProfiles.edgeCases.map(\.name))
    func speedscopeEdges(name: String) throws {
        var profile = try #require(ReportProfiles.edgeCases.first { $0.name == name }).profile
        _ = try speedscope(profile)
        profile.timeline = Self.timeline(of: profile)
        _ = try speedscope(profile)
    }

    private static func timeline(of profile: Profile) -> SampleTimeline {
        var timeline = SampleTimeline(range: 0..<1_000_000_000)
        for index in profile.samples.indices {
            timeline.append(time: Int64(index / 2) * 3_000, sample: Int32(index))
        }
        return timeline
    }

    // MARK: Firefox Profiler, processed profile format version 47

    private struct Firefox: Decodable {
        struct Meta: Decodable {
            struct Category: Decodable {
                var name: String
                var color: String
                var subcategories: [String]
            }
            var version: Int
            var preprocessedProfileVersion: Int
            var product: String
            var processType: Int
            var stackwalk: Int
            var interval: Double
            var startTime: Double
            var categories: [Category]
            var markerSchema: [String]
        }
        struct Library: Decodable {
            var name: String
            var path: String
            var debugName: String
            var debugPath: String
            var breakpadId: String
            var codeId: String?
            var arch: String
        }
        struct Samples: Decodable {
            var length: Int
            var stack: [Int?]
            var time: [Double]
            var weight: [Double]
            var weightType: String
            var threadCPUDelta: [Int64]?
        }
        struct Markers: Decodable {
            var length: Int
            var category: [Int]
            var data: [Int]
            var endTime: [Int]
            var name: [Int]
            var phase: [Int]
            var startTime: [Int]
        }
        struct StackTable: Decodable {
            var length: Int
            var frame: [Int]
            var prefix: [Int?]
            var category: [Int]
            var subcategory: [Int]
        }
        struct FrameTable: Decodable {
            var length: Int
            var address: [Int]
            var inlineDepth: [Int]
            var category: [Int?]
            var subcategory: [Int?]
            var `func`: [Int]
            var nativeSymbol: [Int?]
            var innerWindowID: [Int?]
            var implementation: [Int?]
            var line: [Int?]
            var column: [Int?]
        }
        struct FunctionTable: Decodable {
            var length: Int
            var name: [Int]
            var isJS: [Bool]
            var relevantForJS: [Bool]
            var resource: [Int]
            var fileName: [Int?]
            var lineNumber: [Int?]
            var columnNumber: [Int?]
        }
        struct ResourceTable: Decodable {
            var length: Int
            var lib: [Int?]
            var name: [Int]
            var host: [Int?]
            var type: [Int]
        }
        struct NativeSymbols: Decodable {
            var length: Int
            var libIndex: [Int]
            var address: [Int]
            var name: [Int]
            var functionSize: [Int?]
        }
        struct Thread: Decodable {
            var processType: String
            var processName: String
            var processStartupTime: Double
            var processShutdownTime: Double?
            var registerTime: Double
            var unregisterTime: Double?
            var pausedRanges: [Int]
            var name: String
            var isMainThread: Bool
            var pid: String
            var tid: Int64
            var samples: Samples
            var markers: Markers
            var stackTable: StackTable
            var frameTable: FrameTable
            var funcTable: FunctionTable
            var resourceTable: ResourceTable
            var nativeSymbols: NativeSymbols
            var stringArray: [String]
        }
        var meta: Meta
        var libs: [Library]
        var pages: [Int]
        var counters: [Int]
        var threads: [Thread]
    }

    private func firefox(_ profile: Profile) throws -> Firefox {
        let bytes = try FirefoxFormat.bytes(of: Report(profile, source: "a.pb.gz"))
        let file = try JSONDecoder().decode(Firefox.self, from: Data(bytes))
        #expect(file.meta.version == 27 && file.meta.preprocessedProfileVersion == 47)
        #expect(file.meta.interval > 0)
        // The program needs one grey category that it takes for the default.
        #expect(file.meta.categories.contains { $0.color == "grey" })
        #expect(file.meta.categories.allSatisfy { $0.subcategories.first == "Other" })
        #expect(!file.threads.isEmpty)
        #expect(Set(file.threads.map(\.tid)).count == file.threads.count)
        for thread in file.threads { check(thread, in: file) }
        return file
    }

    private func check(_ thread: Firefox.Thread, in file: Firefox) {
        let strings = thread.stringArray.indices
        let samples = thread.samples
        #expect([samples.stack.count, samples.time.count, samples.weight.count].allSatisfy { $0 == samples.length })
        #expect(samples.threadCPUDelta.map { $0.count == samples.length } ?? true)
        #expect(["samples", "tracing-ms", "bytes"].contains(samples.weightType))
        #expect(samples.time == samples.time.sorted())
        let stacks = thread.stackTable
        #expect(samples.stack.allSatisfy { $0.map { (0..<stacks.length).contains($0) } ?? true })
        #expect(
            [stacks.frame.count, stacks.prefix.count, stacks.category.count, stacks.subcategory.count]
                .allSatisfy { $0 == stacks.length })
        // A prefix stands before what it is the prefix of: the program relies on it.
        #expect(stacks.prefix.enumerated().allSatisfy { index, prefix in prefix.map { $0 >= 0 && $0 < index } ?? true })
        #expect(stacks.category.allSatisfy(file.meta.categories.indices.contains))
        let frames = thread.frameTable
        #expect(stacks.frame.allSatisfy { (0..<frames.length).contains($0) })
        let columns = [
            frames.address.count, frames.inlineDepth.count, frames.category.count, frames.subcategory.count,
            frames.func.count, frames.nativeSymbol.count, frames.innerWindowID.count, frames.implementation.count,
            frames.line.count, frames.column.count,
        ]
        #expect(columns.allSatisfy { $0 == frames.length })
        let functions = thread.funcTable
        #expect(frames.func.allSatisfy { (0..<functions.length).contains($0) })
        let functionColumns = [
            functions.name.count, functions.isJS.count, functions.relevantForJS.count, functions.resource.count,
            functions.fileName.count, functions.lineNumber.count, functions.columnNumber.count,
        ]
        #expect(functionColumns.allSatisfy { $0 == functions.length })
        #expect(functions.name.allSatisfy(strings.contains))
        #expect(functions.fileName.allSatisfy { $0.map(strings.contains) ?? true })
        let resources = thread.resourceTable
        #expect(functions.resource.allSatisfy { $0 == -1 || (0..<resources.length).contains($0) })
        #expect(
            [resources.lib.count, resources.name.count, resources.host.count, resources.type.count]
                .allSatisfy { $0 == resources.length })
        #expect(resources.name.allSatisfy(strings.contains))
        #expect(resources.lib.allSatisfy { $0.map(file.libs.indices.contains) ?? true })
    }

    @Test("Firefox shows threads over time")
    func firefoxTimes() throws {
        let file = try firefox(HTMLScene.stall.profile)
        #expect(file.threads.map(\.name) == ["main", "worker"])
        let main = file.threads[0]
        #expect(main.samples.length == 10_800)
        #expect(main.samples.time[400] == 500)
        #expect(abs(main.samples.weight.reduce(0, +) - 10_800 * 1.001001) < 0.01)
        #expect(file.threads[1].samples.time.first == 3000)
        #expect(file.meta.startTime == 1_790_000_000_000)
        #expect(file.libs.map(\.name) == ["server", "libc.so.6", "libz.so.1"])
    }

    @Test("Firefox reads every odd profile, with times and without", arguments: ReportProfiles.edgeCases.map(\.name))
    func firefoxEdges(name: String) throws {
        var profile = try #require(ReportProfiles.edgeCases.first { $0.name == name }).profile
        _ = try firefox(profile)
        profile.timeline = Self.timeline(of: profile)
        _ = try firefox(profile)
        _ = try firefox(ReportProfiles.service)
    }

    // MARK: Waits, which last

    /// `main` waits from 1 s to 1.03 s and from 1.05 s to 2 s, `worker` all the time; `main` runs between.
    private static var waits: Profile {
        var scene = HTMLScene()
        scene.add(["main", "lock"], samples: 2)
        scene.add(["start", "sleep"], samples: 1, thread: "worker", threadID: 101)
        scene.add(["main", "compute"], samples: 10)
        scene.edit { profile in
            profile.duration = 3_000_000_000
            let type = profile.sampleTypes.firstIndex { $0.unit == "nanoseconds" } ?? 0
            for (index, length) in [980_000_000, 3_000_000_000, 10_000_000].enumerated() {
                profile.samples[index].values[type] = Int64(length)
            }
            var timeline = SampleTimeline(range: 0..<3_000_000_000)
            timeline.append(time: 0, sample: 1, duration: 3_000_000_000)
            timeline.append(time: 1_000_000_000, sample: 0, duration: 30_000_000)
            for tick in 0..<10 { timeline.append(time: 1_035_000_000 + Int64(tick) * 1_000_000, sample: 2) }
            timeline.append(time: 1_050_000_000, sample: 0, duration: 950_000_000)
            profile.timeline = timeline
        }
        return scene.profile
    }

    @Test("speedscope shows a wait for as long as it lasted, and nothing between two")
    func speedscopeWaits() throws {
        let file = try speedscope(Self.waits)
        let main = try #require(file.profiles.first { $0.name.contains("main") })
        let weights = zip(main.samples, main.weights).filter { !$0.0.isEmpty }.map(\.1)
        #expect(weights.max() == 950_000_000)
        #expect(weights.contains(30_000_000))
        #expect(zip(main.samples, main.weights).first { $0.0.isEmpty }?.1 == 1_000_000_000)
    }

    @Test("in Firefox a wait ends: a sample without a stack follows, and it takes no CPU time")
    func firefoxWaits() throws {
        let file = try firefox(Self.waits)
        let main = try #require(file.threads.first { $0.name.contains("main") })
        #expect(main.samples.time.contains(1000) && main.samples.time.contains(1030))
        #expect(abs(main.samples.weight.reduce(0, +) - 990) < 0.01)
    }

    @Test("the page spreads a wait over the buckets that it lies in, in microseconds")
    func pageWaits() throws {
        let profile = Self.waits
        let buckets = HTMLTimeline(
            try #require(profile.timeline), rowOfSample: [0, 1, 2], momentLength: 1_001_000)
        var ofRow: [Int: Int] = [:]
        var inBucket: [Int: [Int: Int]] = [:]
        var entry = 0
        var counts = Array(repeating: 1, count: buckets.rows.count)
        var at = 0
        for (step, count) in zip(buckets.repeated, buckets.counts) {
            at += step
            counts[at] = count
        }
        for (bucket, size) in buckets.sizes.enumerated() {
            var row = 0
            for _ in 0..<size {
                row += buckets.rows[entry]
                ofRow[row, default: 0] += counts[entry]
                inBucket[bucket, default: [:]][row] = counts[entry]
                entry += 1
            }
        }
        #expect(ofRow == [0: 980_000, 1: 3_000_000, 2: 10_010])
        // 20 ms each: the first wait fills a bucket and half of the next; the second begins in the third.
        #expect(inBucket[49] == [1: 20_000])
        #expect(inBucket[50] == [0: 20_000, 1: 20_000])
        #expect(inBucket[51] == [0: 10_000, 1: 20_000, 2: 5_005])
        #expect(inBucket[52] == [0: 10_000, 1: 20_000, 2: 5_005])
    }

    // MARK: The page

    private struct Page: Decodable {
        struct Timeline: Decodable {
            var bucketSize: Int64
            var base: Int64
            var sizes: [Int]
            var row: [Int]
            var many: [Int]
            var counts: [Int]

            /// Bucket, row and count of each entry.
            var entries: [(bucket: Int, row: Int, count: Int)] {
                var result: [(bucket: Int, row: Int, count: Int)] = []
                for (bucket, size) in sizes.enumerated() {
                    var at = 0
                    for _ in 0..<size {
                        at += row[result.count]
                        result.append((bucket, at, 1))
                    }
                }
                var index = 0
                for (step, count) in zip(many, counts) {
                    index += step
                    result[index].count = count
                }
                return result
            }

            enum CodingKeys: String, CodingKey {
                case sizes, row, many, counts
                case bucketSize = "bucket_ns"
                case base = "base_ns"
            }
        }
        struct Rows: Decodable { var node: [Int] }
        var timeline: Timeline?
        var rows: Rows
    }

    private func page(of scene: HTMLScene) throws -> (Page, byteCount: Int) {
        let text = String(decoding: try scene.page(), as: UTF8.self)
        let start = try #require(text.firstRange(of: #"id="profile">"#)).upperBound
        let end = try #require(text[start...].firstRange(of: "</script>")).lowerBound
        let data = Data(text[start..<end].utf8)
        return (try JSONDecoder().decode(Page.self, from: data), data.count)
    }

    @Test("the page has the times in buckets of a fiftieth of a second")
    func pageBuckets() throws {
        let timeline = try #require(try page(of: .stall).0.timeline)
        #expect(timeline.bucketSize == 20_000_000)
        #expect(timeline.entries.reduce(0) { $0 + $1.count } == 11_800)
        // In every second, the buckets 20 to 24 are the stall of main; only the worker runs there, in the fourth.
        var inStall: [Int: Int] = [:]
        for entry in timeline.entries where (20..<25).contains(entry.bucket % 50) {
            inStall[entry.bucket / 50, default: 0] += entry.count
        }
        #expect(inStall == [3: 100])
        #expect(try page(of: .known).0.timeline == nil)
    }

    @Test("the page stays small at a million samples: a few bytes for each")
    func pageSize() throws {
        let scene = HTMLScene.million
        let (page, byteCount) = try page(of: scene)
        let timeline = try #require(page.timeline)
        let entries = timeline.entries
        #expect(entries.reduce(0) { $0 + $1.count } == 1_000_000)
        #expect(entries.count <= HTMLTimeline.entryLimit)
        #expect(entries.allSatisfy { page.rows.node.indices.contains($0.row) })
        #expect(byteCount < 5 << 20)
        #expect(timeline.bucketSize == 20_000_000)
    }

    @Test("beyond a million entries, the buckets grow instead of the page")
    func pageAggregates() {
        var timeline = SampleTimeline(range: 0..<600_000_000_000)
        // Every millisecond two of 5,000 rows that do not repeat within a bucket.
        for tick in 0..<600_000 {
            for half in 0..<2 {
                timeline.append(time: Int64(tick) * 1_000_000, sample: Int32((tick * 2 + half) % 5000))
            }
        }
        let buckets = HTMLTimeline(timeline, rowOfSample: Array(0..<5000))
        #expect(buckets.rows.count <= HTMLTimeline.entryLimit)
        #expect(buckets.width > 20_000_000)
        #expect(buckets.sizes.reduce(0, +) == buckets.rows.count)
        let long = HTMLTimeline(SampleTimeline(range: 0..<86_400_000_000_000), rowOfSample: [])
        #expect(long.width == 300 * 1_000_000_000 / 50)
    }

    @Test("a window and the whole say what is where, in text")
    func windowText() throws {
        let profile = HTMLScene.stall.profile
        func folded(_ window: String) throws -> String {
            let filter = ProfileFilter(time: try TimeWindow(parsing: window))
            let report = try Report(profile, source: "a", filter: filter, sampleType: "samples")
            return String(decoding: try FoldedFormat.bytes(of: report), as: UTF8.self)
        }
        #expect(try folded("2,3") == "main;handle;parse 900\n")
        #expect(try folded("3.4,3.5") == "start;compress 100\n")
        #expect(try folded("5.9,6.1") == "main;handle;parse 100\nmain;handle;render;memcpy 100\n")
        #expect(try folded("2.4,2.5") == "")
        #expect(throws: ViewError.windowOutside("12,13", range: 0..<12_000_000_000)) { try folded("12,13") }
        #expect(throws: ViewError.noTimeline) {
            try Report(
                ReportProfiles.service, source: "a", filter: ProfileFilter(time: try TimeWindow(parsing: "1,2")))
        }
    }
}
