import PerfModel
import PerfProfiles

/// A heap recording for people: the verdict, what lives by type and by site, what lived at the peak, churn, growth,
/// what the memory is, and what could not be seen.
struct HeapText {
    let report: Report
    let heap: HeapSummary
    let sites: HeapSites
    let rows: [HeapRows.Row]
    private let style: TextStyle
    private let nameWidth: Int

    /// Rows of a table unless `--top` says otherwise.
    private static let defaultLimit = 10
    private static let what = "type, and where it was allocated"

    /// - Parameters:
    ///   - report: a report of a heap recording.
    ///   - heap: what that recording knows beside its samples.
    ///   - nameWidth: columns of a function's name in a sentence; nil for what the layout has room for.
    init(_ report: Report, heap: HeapSummary, nameWidth: Int? = nil) {
        self.report = report
        let width = report.layout.isVerbose ? nil : report.layout.width
        self.nameWidth = nameWidth ?? width.map { max(24, $0 * 3 / 4) } ?? .max
        sites = HeapSites(report.profile)
        rows = HeapRows(sites).rows
        self.heap = sites.summary(of: heap, isFiltered: !report.filter.options.isEmpty)
        style = TextStyle(usesColor: report.layout.usesColor)
    }

    var lines: [String] {
        var lines = TextWrap.lines(verdict, width: report.layout.width).map(style.verdict) + [""]
        for (caption, text) in TextHeader.lines(of: report) where caption != "Samples" {
            lines += TextWrap.lines(text, width: report.layout.width, first: caption.padded(to: 10), next: 10)
        }
        lines += TextWrap.lines(totals, width: report.layout.width, first: "Heap".padded(to: 10), next: 10)
        if let leaks { lines += leaks.lines(limit: limit, style: style) }
        lines += typeLines
        // A look at a running process knows no stacks.
        if !isSnapshot { lines += liveLines + growthLines + peakLines + churnLines }
        lines += MemoryUseText(heap)?.lines(of: report, style: style) ?? []
        return lines + Doubts.lines(of: report, style: style)
    }

    private var leaks: HeapLeaksText? { heap.leaks.map { HeapLeaksText($0, layout: report.layout) } }
    private var isSnapshot: Bool { heap.isSnapshot == true }

    // MARK: one sentence

    var verdict: String {
        guard let leaks, report.filter.options.isEmpty else { return verdictOfLive }
        let found = leaks.sentence.map { $0 + "." } ?? leaks.nothing
        return "\(verdictOfLive) \(found)"
    }

    private var verdictOfLive: String {
        let program = (report.profile.extras?.target.split(separator: " ").first.map(String.init) ?? "The program")
            .lastPathComponent.printable
        let isAlone = heap.processCount == 1
        let name = isAlone ? program : "\(program) and its children (\(heap.processCount) processes)"
        let (holds, end) =
            heap.isAttached
            ? ("keeps", "of what it allocated meanwhile")
            : isAlone ? ("holds", "at its end") : ("hold", "at their ends")
        if isSnapshot {
            return "\(program) holds \(bytes(heap.live.bytes)) in \(blocks(heap.live.count))."
        }
        guard heap.live.bytes > 0, let first = rows.first(where: { $0.liveBytes > 0 }) else {
            guard let busiest = rows.max(by: { $0.count < $1.count }) else {
                return report.filter.options.isEmpty
                    ? "\(name) allocated nothing."
                    : "No block passes the filter \(report.filter.options.joined(separator: " ").printable)."
            }
            return "\(name) \(holds) nothing \(end); of \(blocks(heap.allocations.count)) allocated, "
                + "\(Quantity.percent(busiest.count, of: Int64(clamping: heap.allocations.count))) are from "
                + "\(described(busiest))."
        }
        let growing = rows.filter { $0.grows }
        // What grows is the news, if it is more than crumbs.
        let cause = growing.first { $0.liveBytes > first.liveBytes / 10 } ?? first
        let share = Quantity.percent(cause.liveBytes, of: Int64(clamping: heap.live.bytes))
        let growth =
            cause.grows
            ? ", which only ever grows\(HeapTypeName.isContainer(cause.type) ? ": an unbounded cache?" : "")" : ""
        return "\(name) \(holds) \(about)\(bytes(heap.live.bytes)) \(end); \(share) of it is \(noun(cause)) from "
            + "\(described(cause))\(growth)."
    }

    private var about: String { heap.sampleBytes == nil ? "" : "about " }

    var totals: String {
        if isSnapshot {
            return "\(bytes(heap.live.bytes)) in \(blocks(heap.live.count)) when it was looked at; sizes are what the "
                + "allocator gave, and who allocated them is not known: nobody recorded it"
        }
        let freed = Quantity.percent(
            Int64(clamping: heap.frees.count), of: Int64(clamping: max(heap.allocations.count, 1)))
        let temporary = Quantity.percent(
            Int64(clamping: heap.temporaryCount), of: Int64(clamping: max(heap.allocations.count, 1)))
        var text =
            "\(about)\(bytes(heap.allocations.bytes)) allocated in \(blocks(heap.allocations.count)); \(freed) of them "
            + "freed, \(temporary) by the very next call; peak \(bytes(heap.peak.bytes)) after "
            + Quantity.text(Int64(clamping: heap.peak.at), unit: "ns")
        if let every = heap.sampleBytes {
            text += "; one byte in \(bytes(every)) sampled"
            if heap.allocations.bytes > 0, heap.bytesError > 0 {
                let error = heap.bytesError / Double(heap.allocations.bytes) * 100
                text += ": bytes allocated ±\(Quantity.fixed(error, digits: 1))%, one standard error as all ± here"
            }
        } else {
            text += "; every block recorded"
        }
        guard let pause = heap.attachPause else { return text }
        return "\(text); what was there before is not counted, and one thread stood still for "
            + "\(Quantity.text(Int64(clamping: pause), unit: "ns")) while the tracker came in"
    }

    // MARK: tables

    private var typeLines: [String] {
        let shown = sites.types.prefix(limit)
        guard !shown.isEmpty, sites.types.contains(where: { $0.name != nil }) else { return [] }
        var table = HeapTable(columns: ["share", "bytes"] + errorColumn + ["blocks"], text: "type")
        for type in shown {
            table.add(
                [share(type.bytes, of: heap.live.bytes), bytes(type.bytes)] + error(type.bytes, type.count)
                    + [Quantity.grouped(type.count)],
                type.name.map(readable) ?? "(no Swift object: C, C++, raw buffers)")
        }
        return section(
            isSnapshot ? "Live, by type" : heap.isAttached ? "New and live, by type" : "Live at the end, by type",
            table, more: sites.types.count - shown.count)
    }

    private var liveLines: [String] {
        let live = rows.filter { $0.liveBytes > 0 }
        var table = HeapTable(columns: ["share", "bytes"] + errorColumn + ["blocks"], text: Self.what)
        for row in live.prefix(limit) {
            add(
                row, to: &table,
                [share(row.liveBytes, of: heap.live.bytes), bytes(row.liveBytes)]
                    + error(row.liveBytes, row.liveCount) + [Quantity.grouped(row.liveCount)],
                note: row.grows ? "grows" : "")
        }
        return section("Live at the end, by site", table, more: live.count - min(live.count, limit))
    }

    private var growthLines: [String] {
        let growing = rows.filter(\.grows)
        var table = HeapTable(columns: ["bytes"] + errorColumn + ["blocks"], text: Self.what)
        for row in growing.prefix(limit) {
            add(
                row, to: &table,
                [bytes(row.liveBytes)] + error(row.liveBytes, row.liveCount) + [Quantity.grouped(row.liveCount)])
        }
        var lines = section("Only ever grew", table, more: growing.count - min(growing.count, limit))
        if growing.prefix(limit).contains(where: { HeapTypeName.isContainer($0.type) }) {
            lines += TextWrap.lines(
                "a container that is never emptied is an unbounded cache: bound it, or evict from it",
                width: report.layout.width, first: "    next: ", next: 10)
        }
        return lines
    }

    private var peakLines: [String] {
        let peak = rows.filter { $0.peakBytes > 0 }.sorted { $0.peakBytes > $1.peakBytes }
        let whole = peak.reduce(0) { saturatingSum($0, $1.peakBytes) }
        var table = HeapTable(columns: ["share", "bytes"] + errorColumn, text: Self.what)
        for row in peak.prefix(limit) {
            // How many blocks there were at the peak is not known: they are taken to be as large as all of the row.
            let count = Double(row.peakBytes) * Double(row.count) / Double(max(row.bytes, 1))
            add(
                row, to: &table,
                [share(row.peakBytes, of: UInt64(whole)), bytes(row.peakBytes)]
                    + error(row.peakBytes, Int64(max(1, min(count, 1e15)))))
        }
        let when = Quantity.text(Int64(clamping: heap.peak.at), unit: "ns")
        var title = "At the peak (\(bytes(heap.peak.bytes)) after \(when)"
        if heap.processCount > 1 {
            title =
                "At the peaks of \(heap.processCount) processes, each at its own time (highest "
                + "\(bytes(heap.peak.bytes)) after \(when)"
        } else if heap.peak.copied < heap.peak.bytes {
            title += "; sites as they were at \(bytes(heap.peak.copied)), just before"
        }
        return section(title + ")", table, more: peak.count - min(peak.count, limit))
    }

    private var churnLines: [String] {
        let churn = rows.filter { $0.count > 0 }.sorted { ($0.count, $0.bytes) > ($1.count, $1.bytes) }
        var table = HeapTable(columns: ["share", "blocks", "temporary", "bytes"] + errorColumn, text: Self.what)
        for row in churn.prefix(limit) {
            add(
                row, to: &table,
                [
                    share(row.count, of: heap.allocations.count), Quantity.grouped(row.count),
                    Quantity.percent(row.temporaryCount, of: max(row.count, 1)), bytes(row.bytes),
                ] + error(row.bytes, row.count))
        }
        return section("Allocated most often", table, more: churn.count - min(churn.count, limit))
    }

    private func add(_ row: HeapRows.Row, to table: inout HeapTable, _ cells: [String], note: String = "") {
        let stacks = row.stacks > 1 ? "\(Quantity.grouped(Int64(row.stacks))) stacks" : ""
        table.add(
            cells, noun(row), origin: row.owner.map { report.layout.shown($0.name) } ?? "an unknown place",
            place: row.owner?.place ?? "", note: [stacks, note].filter { !$0.isEmpty }.joined(separator: ", "))
    }

    // MARK: what sampling leaves open

    private var errorColumn: [String] { heap.sampleBytes == nil ? [] : ["±"] }

    /// How far the bytes of a row may be off, at one standard error; empty where every block was recorded.
    private func error(_ bytes: Int64, _ count: Int64) -> [String] {
        guard let mean = heap.sampleBytes else { return [] }
        guard bytes > 0, count > 0, let ratio = PoissonSampling(mean: mean).errorRatio(bytes: bytes, count: count)
        else {
            return [""]
        }
        if ratio > 1 { return [">100%"] }
        return [Quantity.fixed(ratio * 100, digits: ratio < 0.1 ? 1 : 0) + "%"]
    }

    private func section(_ title: String, _ table: HeapTable, more: Int) -> [String] {
        guard !table.isEmpty else { return [] }
        var lines = ["", style.heading(title)] + table.lines(width: report.layout.width, style: style)
        if more > 0 { lines.append("  \(more) more (--top \(limit + more) shows all)") }
        return lines
    }

    // MARK: words

    private var limit: Int { report.limit ?? Self.defaultLimit }

    private func readable(_ type: String) -> String {
        report.layout.isVerbose ? report.layout.shown(type) : HeapTypeName.readable(report.layout.shown(type))
    }

    private func noun(_ row: HeapRows.Row) -> String { row.type.map(readable) ?? "raw memory" }

    private func described(_ row: HeapRows.Row) -> String {
        guard let owner = row.owner else { return "an unknown place" }
        let name = ShortName.of(report.layout.shown(owner.name), width: nameWidth)
        return owner.place.isEmpty ? name : "\(name) (\(owner.place))"
    }

    private func share(_ part: Int64, of whole: UInt64) -> String {
        Quantity.percent(part, of: Int64(clamping: whole))
    }

    private func bytes(_ count: UInt64) -> String { bytes(Int64(clamping: count)) }
    private func bytes(_ count: Int64) -> String { Quantity.text(count, unit: "bytes") }
    private func blocks(_ count: UInt64) -> String { Quantity.counted(Int64(clamping: count), "block") }
}
