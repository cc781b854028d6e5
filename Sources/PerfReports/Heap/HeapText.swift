import PerfModel
import PerfProfiles
import PerfStatistics

/// A heap recording for people: the verdict, what lives by type and by site, what lived at the peak, churn, growth,
/// what the memory is, and what could not be seen.
struct HeapText {
    let report: Report
    let heap: HeapSummary
    let sites: HeapSites
    private let style: TextStyle
    private let nameWidth: Int

    /// Rows of a table unless `--top` says otherwise.
    private static let defaultLimit = 10

    /// - Parameters:
    ///   - report: a report of a heap recording.
    ///   - heap: what that recording knows beside its samples.
    ///   - nameWidth: columns of a function's name; nil for what a terminal has room for.
    init(_ report: Report, heap: HeapSummary, nameWidth: Int? = nil) {
        self.report = report
        self.nameWidth = nameWidth ?? Self.nameWidth(report.layout)
        sites = HeapSites(report.profile)
        self.heap = sites.summary(of: heap, isFiltered: !report.filter.options.isEmpty)
        style = TextStyle(usesColor: report.layout.usesColor)
    }

    var lines: [String] {
        var lines = TextWrap.lines(verdict, width: report.layout.width).map(style.verdict) + [""]
        for (caption, text) in TextHeader.lines(of: report) where caption != "Samples" {
            lines += TextWrap.lines(text, width: report.layout.width, first: caption.padded(to: 10), next: 10)
        }
        lines += TextWrap.lines(totals, width: report.layout.width, first: "Heap".padded(to: 10), next: 10)
        lines += typeLines + liveLines + growthLines + peakLines + churnLines
        lines += MemoryUseText(heap)?.lines(of: report, style: style) ?? []
        return lines + Doubts.lines(of: report, style: style)
    }

    // MARK: one sentence

    var verdict: String {
        let name = (report.profile.extras?.target.split(separator: " ").first.map(String.init) ?? "The program")
            .lastPathComponent.printable
        guard heap.live.bytes > 0, let first = sites.sites.first(where: { $0.liveBytes > 0 }) else {
            guard let busiest = sites.sites.max(by: { $0.count < $1.count }) else {
                return report.filter.options.isEmpty
                    ? "\(name) allocated nothing."
                    : "No block passes the filter \(report.filter.options.joined(separator: " ").printable)."
            }
            return "\(name) holds nothing at its end; of \(blocks(heap.allocations.count)) allocated, "
                + "\(Quantity.percent(busiest.count, of: Int64(clamping: heap.allocations.count))) are from "
                + "\(described(busiest))."
        }
        let growing = sites.sites.filter { $0.grows && $0.liveBytes > 0 }
        // What grows is the news, if it is more than crumbs.
        let cause = growing.first { $0.liveBytes > first.liveBytes / 10 } ?? first
        let share = Quantity.percent(cause.liveBytes, of: Int64(clamping: heap.live.bytes))
        let growth =
            cause.grows ? ", which only ever grows\(isContainer(cause.type) ? ": an unbounded cache?" : "")" : ""
        return "\(name) holds \(about)\(bytes(heap.live.bytes)) at its end; \(share) of it is \(noun(cause)) from "
            + "\(described(cause))\(growth)."
    }

    private var about: String { heap.sampleBytes == nil ? "" : "about " }

    var totals: String {
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
                // Half the 95% interval, as everywhere else.
                let error = ShareEstimate.z * heap.bytesError / Double(heap.allocations.bytes) * 100
                text += ": bytes allocated ±\(Quantity.fixed(error, digits: 1))%"
            }
        } else {
            text += "; every block recorded"
        }
        return text
    }

    // MARK: tables

    private var typeLines: [String] {
        let shown = sites.types.prefix(limit)
        guard !shown.isEmpty, sites.types.contains(where: { $0.name != nil }) else { return [] }
        var table = HeapTable(columns: ["share", "bytes", "blocks"], text: "type")
        for type in shown {
            table.add(
                [share(type.bytes, of: heap.live.bytes), bytes(type.bytes), Quantity.grouped(type.count)],
                type.name.map(report.layout.shown) ?? "(no Swift object: C, C++, raw buffers)")
        }
        return section("Live at the end, by type", table, more: sites.types.count - shown.count)
    }

    private var liveLines: [String] {
        let live = sites.sites.filter { $0.liveBytes > 0 }
        var table = HeapTable(columns: ["share", "bytes", "blocks"], text: "type, and where it was allocated")
        for site in live.prefix(limit) {
            table.add(
                [share(site.liveBytes, of: heap.live.bytes), bytes(site.liveBytes), Quantity.grouped(site.liveCount)],
                "\(noun(site)) from \(described(site))\(site.grows ? "  grows" : "")")
        }
        return section("Live at the end, by site", table, more: live.count - min(live.count, limit))
    }

    private var growthLines: [String] {
        let growing = sites.sites.filter { $0.grows && $0.liveBytes > 0 }
        var table = HeapTable(columns: ["bytes", "blocks"], text: "type, and where it was allocated")
        for site in growing.prefix(limit) {
            let advice = isContainer(site.type) ? "  a container that is never emptied: bound it, or evict" : ""
            table.add(
                [bytes(site.liveBytes), Quantity.grouped(site.liveCount)],
                "\(noun(site)) from \(described(site))\(advice)")
        }
        return section("Only ever grew", table, more: growing.count - min(growing.count, limit))
    }

    private var peakLines: [String] {
        let peak = sites.sites.filter { $0.peakBytes > 0 }.sorted { $0.peakBytes > $1.peakBytes }
        var table = HeapTable(columns: ["share", "bytes"], text: "type, and where it was allocated")
        for site in peak.prefix(limit) {
            table.add(
                [share(site.peakBytes, of: heap.peak.copied), bytes(site.peakBytes)],
                "\(noun(site)) from \(described(site))")
        }
        let when = Quantity.text(Int64(clamping: heap.peak.at), unit: "ns")
        var title = "At the peak (\(bytes(heap.peak.bytes)) after \(when)"
        if heap.peak.copied < heap.peak.bytes {
            title += "; sites as they were at \(bytes(heap.peak.copied)), just before"
        }
        return section(title + ")", table, more: peak.count - min(peak.count, limit))
    }

    private var churnLines: [String] {
        let churn = sites.sites.filter { $0.count > 0 }.sorted { ($0.count, $0.bytes) > ($1.count, $1.bytes) }
        var table = HeapTable(
            columns: ["share", "blocks", "temporary", "bytes"], text: "type, and where it was allocated")
        for site in churn.prefix(limit) {
            table.add(
                [
                    share(site.count, of: heap.allocations.count), Quantity.grouped(site.count),
                    Quantity.percent(site.temporaryCount, of: max(site.count, 1)), bytes(site.bytes),
                ], "\(noun(site)) from \(described(site))")
        }
        return section("Allocated most often", table, more: churn.count - min(churn.count, limit))
    }

    private func section(_ title: String, _ table: HeapTable, more: Int) -> [String] {
        guard !table.isEmpty else { return [] }
        var lines = ["", style.heading(title)] + table.lines(width: report.layout.width, style: style)
        if more > 0 { lines.append("  \(more) more (--top \(limit + more) shows all)") }
        return lines
    }

    // MARK: words

    /// On a terminal, a type, a function and a place share a line with the numbers.
    private static func nameWidth(_ layout: Report.Layout) -> Int {
        guard let width = layout.width, !layout.isVerbose else { return .max }
        return max(16, (width - 56) / 2)
    }

    private var limit: Int { report.limit ?? Self.defaultLimit }

    private func noun(_ site: HeapSites.Site) -> String {
        site.type.map { ShortName.of(report.layout.shown($0), width: nameWidth) } ?? "raw memory"
    }

    private func described(_ site: HeapSites.Site) -> String {
        guard let owner = HeapOwner(site, in: report.profile) else { return "an unknown place" }
        let name = ShortName.of(report.layout.shown(owner.name), width: nameWidth)
        return owner.place.isEmpty ? name : "\(name) (\(owner.place))"
    }

    private func isContainer(_ type: String?) -> Bool {
        guard let type else { return false }
        return ["_DictionaryStorage", "_SetStorage", "_ContiguousArrayStorage"].contains { type.contains($0) }
    }

    private func share(_ part: Int64, of whole: UInt64) -> String {
        Quantity.percent(part, of: Int64(clamping: whole))
    }

    private func bytes(_ count: UInt64) -> String { bytes(Int64(clamping: count)) }
    private func bytes(_ count: Int64) -> String { Quantity.text(count, unit: "bytes") }
    private func blocks(_ count: UInt64) -> String { Quantity.counted(Int64(clamping: count), "block") }
}
