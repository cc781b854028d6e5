import PerfModel
import PerfProfiles
import PerfStatistics

/// A profile as the page's script reads it: columns of small integers over one table of strings.
///
/// Assets/profile.js is its reader; the two change together, and `version` with them.
struct HTMLPayload {
    static let version = 1

    private struct Frame: Hashable {
        var function: Int
        var line: Int
        var isInlined: Bool
    }

    private let report: Report
    private let profile: Profile
    private let trie: FrameTrie
    private var difference: DifferenceReport?
    private var strings = FrameTrieBuilder.Interned<String>()
    private var json = JSONText()

    /// The report as JSON in UTF-8, safe inside a `<script>` element.
    static func bytes(of report: Report) -> [UInt8] {
        var payload = HTMLPayload(report)
        payload.write()
        return payload.json.bytes
    }

    /// A difference as JSON in UTF-8, safe inside a `<script>` element.
    ///
    /// It is the payload of both profiles merged, with what the page needs to judge a change.
    static func bytes(of difference: DifferenceReport) throws -> [UInt8] {
        let merged = try Report(
            MergedProfile.of(difference), source: "\(difference.before.source) → \(difference.after.source)",
            sampleType: "after", limit: difference.limit)
        var payload = HTMLPayload(merged)
        payload.difference = difference
        payload.write()
        return payload.json.bytes
    }

    private init(_ report: Report) {
        self.report = report
        profile = report.profile
        trie = FrameTrie(
            report.profile, by: report.view.dimension, weightType: report.view.valueIndex,
            hasTypes: report.profile.extras?.heap != nil && report.view.dimension != .label(LabelKey.type))
    }

    private mutating func write() {
        json.raw("{\"version\":")
        json.integer(Self.version)
        writeSummary()
        writeTypes()
        writeThreads()
        writeFunctions()
        writeNodes()
        writeRows()
        if let difference { writeDifference(difference) }
        writeTimeline()
        if difference == nil, let heap = profile.extras?.heap {
            json.raw(",\"heap\":")
            HTMLHeap(report, heap: heap, trie: trie).write(to: &json, strings: &strings, trie: trie)
        }
        json.raw(",")
        json.key("categories")
        json.list(FrameCategory.allCases) { $0.string($1.title) }
        json.raw(",")
        json.key("notices")
        json.list(notices) { json, notice in
            json.raw("{\"message\":")
            json.string(notice.text.printable)
            json.raw(",\"remedy\":")
            json.string((notice.remedy ?? "").printable)
            json.raw("}")
        }
        json.raw(",")
        json.key("strings")
        json.list(strings.values) { $0.string($1.printable) }
        json.raw("}")
    }

    /// Every doubt that the other formats show, and what only a flame graph cannot draw.
    private var notices: [Doubts.Doubt] {
        if let difference {
            return DifferenceDoubts.all(of: difference).map {
                Doubts.Doubt(text: $0.message, remedy: $0.remedy.isEmpty ? nil : $0.remedy)
            }
        }
        guard trie.negativeSamples > 0 else { return Doubts.all(of: report) }
        let negative = Doubts.Doubt(
            text: "\(trie.negativeSamples) samples have a negative value, which counts as zero here: "
                + "this file is the difference of two profiles",
            remedy: "open the two profiles themselves"
        )
        return [negative] + Doubts.all(of: report)
    }

    private mutating func writeSummary() {
        let extras = profile.extras
        json.raw(",\"summary\":{\"started_at_ms\":")
        json.integer(profile.startedAt / 1_000_000)
        field("duration_ns", profile.duration)
        // A count is known where the profile says so; other tools' profiles carry it as a sample type.
        field("samples", Int64(clamping: extras?.counts.samples ?? 0))
        field("frequency_hz", extras?.frequencyHz ?? 0)
        field("target", extras?.target ?? "")
        field("source", report.source)
        field("filter", report.filter.options.joined(separator: " "))
        field("event", extras?.event ?? "")
        field("clock", extras?.clock ?? "")
        field("unwind", extras?.unwind ?? "")
        field("tool", extras.map { "\($0.tool.name) \($0.tool.version)" } ?? "")
        field("host", extras?.host?.name ?? "")
        field("system", extras?.host.map { "\($0.os), Linux \($0.kernel), \($0.architecture)" } ?? "")
        field("cpu", extras?.host.map { "\($0.cpuCount) × \($0.cpuModel)" } ?? "")
        json.raw(",")
        json.key("comments")
        json.list(profile.comments.prefix(10)) { $0.string($1.printable) }
        json.raw("}")
    }

    private mutating func field(_ name: StaticString, _ value: String) {
        json.raw(",")
        json.key(name)
        json.string(value.printable)
    }

    private mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        json.field(name, value)
    }

    private mutating func writeTypes() {
        let types = profile.sampleTypes
        let scales = types.indices.map { scale(of: $0) }
        let isSampled = types.indices.map { index in
            index == profile.sampleCountIndex || ["cpu", "wall"].contains(types[index].type)
        }
        let countType = profile.sampleCountIndex
        json.raw(",")
        json.key("types")
        json.list(types.indices) { json, index in
            json.raw("{\"name\":")
            json.string(types[index].type.printable)
            json.raw(",\"unit\":")
            json.string(types[index].unit.printable)
            json.raw(",\"scale\":")
            json.integer(scales[index])
            // Where the number of samples is known, shares get a confidence interval.
            if let countType, isSampled[index] {
                json.raw(",\"count_type\":")
                json.integer(countType)
            }
            json.raw("}")
        }
        field("default_type", report.view.valueIndex)
    }

    /// The greatest common divisor of a type's values: with it, nanoseconds shrink to numbers of periods.
    private func scale(of type: Int) -> Int64 {
        var divisor: Int64 = 0
        for row in trie.rows where row.values.indices.contains(type) {
            var (left, right) = (divisor, row.values[type])
            while right != 0 { (left, right) = (right, left % right) }
            divisor = left
            if divisor == 1 { break }
        }
        return max(divisor, 1)
    }

    private mutating func writeThreads() {
        json.raw(",")
        json.key("threads")
        json.list(trie.threads) { json, thread in
            json.raw("{\"name\":")
            json.string((thread?.name ?? "").printable)
            json.raw(",\"process\":")
            json.string((thread?.process ?? "").printable)
            if let threadID = thread?.threadID {
                json.raw(",\"tid\":")
                json.integer(threadID)
            }
            if let processID = thread?.processID {
                json.raw(",\"pid\":")
                json.integer(processID)
            }
            json.raw("}")
        }
    }

    /// What the page needs to judge changes of frames as the other formats do.
    private mutating func writeDifference(_ difference: DifferenceReport) {
        let comparison = difference.comparison
        json.raw(",\"diff\":{\"version\":1")
        field("headline", DifferenceHeadline.sentence(of: difference))
        field("normalization", comparison.options.normalization.name)
        field("per", DifferenceQuantity(comparison).per)
        field("before", Self.describe(difference.before))
        field("after", Self.describe(difference.after))
        // Values of both types are multiples of the normalised ones.
        number("factor", comparison.after.factor)
        number("samples_before", comparison.stacks.countsSamples ? comparison.before.effectiveSamples : 0)
        number("samples_after", comparison.stacks.countsSamples ? comparison.after.effectiveSamples : 0)
        number("total_before", comparison.total.before)
        number("total_after", comparison.total.after)
        number("dispersion", comparison.noise.dispersion)
        number("run_to_run", comparison.noise.runToRun)
        // Where nothing is a finding, no frame of the graph is one either.
        number("critical", comparison.hasFindings ? comparison.criticalWidth : 1e9)
        number("minimum", comparison.options.minimumEffect)
        field("is_share", comparison.isShare ? 1 : 0)
        // By the payload's own order of functions.
        let byName = Dictionary(
            comparison.functions.map { ($0.frame.name, $0) }, uniquingKeysWith: { first, _ in first })
        let functions = trie.functions.map { byName[$0.name] }
        json.raw(",\"own\":")
        json.integers(functions.map { $0.map { Self.code($0.own, $0) } ?? 0 })
        json.raw(",\"total\":")
        json.integers(functions.map { $0.map { Self.code($0.total, $0) } ?? 0 })
        json.raw("}")
    }

    /// 1 for a finding, 2 inlined differently, 3 following from others, 4 below the minimum, 5 for what runs of one
    /// program may differ by as well, else 0.
    private static func code(_ change: ComparedChange, _ function: ProfileComparison.Function) -> Int {
        if function.isInlinedDifferently { return 2 }
        if change.isSignificant { return 1 }
        if change.isDiluted { return 3 }
        if change.isSuspected { return 5 }
        return change.isBelowMinimum ? 4 : 0
    }

    private static func describe(_ report: Report) -> String {
        var parts = [report.source]
        if let target = report.profile.extras?.target, !target.isEmpty { parts.append(target) }
        if let samples = report.view.sampleCount { parts.append(Quantity.counted(samples, "sample")) }
        parts.append("\(report.sampleType.type) \(Quantity.text(report.view.total, unit: report.sampleType.unit))")
        return parts.joined(separator: ", ")
    }

    private mutating func number(_ name: StaticString, _ value: Double) {
        json.raw(",")
        json.key(name)
        json.number(value)
    }

    private mutating func writeFunctions() {
        var (names, modules, files): ([Int], [Int], [Int]) = ([], [], [])
        for function in trie.functions {
            names.append(strings.index(of: function.name))
            modules.append(strings.index(of: function.module))
            files.append(strings.index(of: function.file))
        }
        json.raw(",\"functions\":{\"name\":")
        json.integers(names)
        json.raw(",\"module\":")
        json.integers(modules)
        json.raw(",\"file\":")
        json.integers(files)
        json.raw(",\"line\":")
        json.integers(trie.functions.map(\.line))
        json.raw(",\"category\":")
        json.integers(trie.functions.map { FrameCategory($0).rawValue })
        json.raw("}")
    }

    private mutating func writeNodes() {
        var interned = FrameTrieBuilder.Interned<Frame>()
        let ids = trie.nodes.map {
            interned.index(of: Frame(function: $0.function, line: $0.line, isInlined: $0.isInlined))
        }
        // The most frequent frames get the shortest numbers.
        var uses = Array(repeating: 0, count: interned.values.count)
        for id in ids { uses[id] += 1 }
        let order = uses.indices.sorted { (uses[$1], $0) < (uses[$0], $1) }
        var rank = uses
        for (position, id) in order.enumerated() { rank[id] = position }
        let frames = order.map { interned.values[$0] }

        json.raw(",\"frames\":{\"function\":")
        json.integers(frames.map(\.function))
        json.raw(",\"line\":")
        json.integers(frames.map(\.line))
        json.raw(",\"inlined\":")
        json.integers(frames.map { $0.isInlined ? 1 : 0 })
        json.raw("},\"nodes\":{\"up\":")
        json.integers(levelsUp())
        json.raw(",\"frame\":")
        json.integers(ids.lazy.map { rank[$0] })
        json.raw("}")
    }

    /// How many levels each node lies above the place right below the node before it.
    private func levelsUp() -> [Int] {
        var depths: [Int] = []
        depths.reserveCapacity(trie.nodes.count)
        var previous = 0
        return trie.nodes.map { node in
            let depth = node.parent < 0 ? 0 : depths[node.parent] + 1
            defer { previous = depth + 1 }
            depths.append(depth)
            return previous - depth
        }
    }

    /// How often each row was seen in each of the buckets of time in which it was seen.
    private mutating func writeTimeline() {
        guard let timeline = profile.timeline else { return }
        let moment = profile.periodType?.unit == "nanoseconds" ? profile.period : 1_000_000
        let buckets = HTMLTimeline(timeline, rowOfSample: trie.rowOfSample, momentLength: moment)
        json.raw(",\"timeline\":{\"bucket_ns\":")
        json.integer(buckets.width)
        field("buckets_per_column", HTMLTimeline.bucketsPerColumn)
        field("base_ns", buckets.base)
        field("start_ns", timeline.range.lowerBound)
        field("end_ns", timeline.range.upperBound)
        field("dropped", timeline.droppedCount)
        // Of what a count is one: a sample, or nanoseconds of a thread's time.
        field("count_ns", timeline.hasDurations ? HTMLTimeline.timeUnit : 0)
        json.raw(",\"sizes\":")
        json.integers(buckets.sizes)
        json.raw(",\"row\":")
        json.integers(buckets.rows)
        json.raw(",\"many\":")
        json.integers(buckets.repeated)
        json.raw(",\"counts\":")
        json.integers(buckets.counts)
        json.raw("}")
    }

    private mutating func writeRows() {
        var previous = -1
        var deltas: [Int] = []
        for row in trie.rows {
            deltas.append(row.node - previous)
            previous = row.node
        }
        json.raw(",\"rows\":{\"node\":")
        json.integers(deltas)
        json.raw(",\"thread\":")
        json.integers(trie.rows.map(\.thread))
        json.raw(",\"values\":")
        let rows = trie.rows
        let scales = profile.sampleTypes.indices.map { scale(of: $0) }
        json.list(profile.sampleTypes.indices) { json, type in
            json.integers(rows.lazy.map { $0.values.indices.contains(type) ? $0.values[type] / scales[type] : 0 })
        }
        json.raw("}")
    }
}
