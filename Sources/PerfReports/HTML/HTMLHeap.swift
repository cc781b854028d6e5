import PerfModel
import PerfProfiles

/// What a page shows of a heap recording beside its stacks: the verdict, memory over time, types, sites, memory use.
///
/// Assets/heap.js is its reader. Values are those of the text report and of JSON.
struct HTMLHeap {
    private let report: Report
    private let text: HeapText
    private let types: HeapTypes
    /// Of each line of the program and type, a row of the page: where it is in the flame graph; -1 for nowhere.
    private let rowOfSite: [Int]

    /// Columns of a function's name in the verdict.
    private static let nameWidth = 72

    init(_ report: Report, heap: HeapSummary, trie: FrameTrie) {
        self.report = report
        text = HeapText(report, heap: heap, nameWidth: Self.nameWidth)
        types = HeapTypes(text.sites, by: text.rows)
        var rowOfStack: [[Int]: Int] = [:]
        for (sample, row) in zip(report.profile.samples, trie.rowOfSample) where row >= 0 {
            rowOfStack[sample.locations] = rowOfStack[sample.locations] ?? Int(row)
        }
        // The stack that most is kept by; sites are in that order.
        var rowOfKey: [Key: Int] = [:]
        for site in text.sites.sites {
            let key = Key(owner: HeapOwner(site, in: report.profile), type: site.type)
            if rowOfKey[key] == nil { rowOfKey[key] = rowOfStack[site.locations] }
        }
        rowOfSite = text.rows.map { rowOfKey[Key(owner: $0.owner, type: $0.type)] ?? -1 }
    }

    private struct Key: Hashable {
        var owner: HeapOwner?
        var type: String?
    }

    private var heap: HeapSummary { text.heap }

    /// Writes the value of the key `heap`.
    func write(to json: inout JSONText, strings: inout FrameTrieBuilder.Interned<String>, trie: FrameTrie) {
        json.raw("{\"verdict\":")
        json.string(text.verdict.printable)
        json.raw(",\"totals\":")
        json.string(text.totals.printable)
        json.field("sample_bytes", heap.sampleBytes ?? 0)
        json.field("processes", heap.processCount)
        json.field("live_bytes", heap.live.bytes)
        // Memory over time is that of one process.
        json.field("charted_live_bytes", (heap.largest?.live ?? heap.live).bytes)
        json.raw(",\"charted\":")
        json.string((heap.largest.map { "\($0.name) (pid \($0.pid))" } ?? "").printable)
        json.field("peak_bytes", heap.peak.bytes)
        json.field("peak_at_ns", heap.peak.at)
        json.field("peak_copied_bytes", heap.peak.copied)
        json.field("is_filtered", report.filter.options.isEmpty ? 0 : 1)
        writeGrowth(to: &json)
        json.raw(",\"allocators\":")
        json.integers(allocators(in: trie))
        writeTypes(to: &json, strings: &strings)
        writeSites(to: &json, strings: &strings)
        writeMemory(to: &json)
        json.raw(",\"leaks\":")
        if let leaks = heap.leaks { HTMLLeaks(leaks, layout: report.layout).write(to: &json) } else { json.raw("null") }
        json.raw("}")
    }

    private func writeGrowth(to json: inout JSONText) {
        json.raw(",\"growth\":{\"at_ns\":")
        json.integers(heap.growth.times)
        json.raw(",\"live\":")
        json.integers(heap.growth.live)
        json.raw(",\"rss\":")
        json.integers(heap.growth.resident)
        json.raw("}")
    }

    /// Functions that allocate for those who call them, by the page's own numbers.
    private func allocators(in trie: FrameTrie) -> [Int] {
        trie.functions.indices.filter { index in
            let function = trie.functions[index]
            guard function.kind == .function else { return false }
            var name = function.name[...]
            // By line, "malloc:12" is malloc still.
            if report.view.dimension == .line, let colon = name.lastIndex(of: ":"),
                name[colon...].dropFirst().allSatisfy(\.isNumber)
            {
                name = name[..<colon]
            }
            return HeapOwner.isRuntime(String(name), module: function.module.lastPathComponent)
        }
    }

    private func writeTypes(to json: inout JSONText, strings: inout FrameTrieBuilder.Interned<String>) {
        // -1 stands for blocks that are no objects.
        var names: [Int] = []
        for row in types.rows { names.append(row.name.map { strings.index(of: $0) } ?? -1) }
        json.raw(",\"types\":{\"name\":")
        json.integers(names)
        func column(_ name: StaticString, _ value: (HeapTypes.Row) -> Int64) {
            json.raw(",")
            json.key(name)
            json.integers(types.rows.map { max(value($0), 0) })
        }
        column("live_count", \.liveCount)
        column("live_bytes", \.liveBytes)
        column("peak_bytes", \.peakBytes)
        column("count", \.count)
        column("bytes", \.bytes)
        column("temporary_count", \.temporaryCount)
        column("grows") { $0.grows ? 1 : 0 }
        json.raw("}")
    }

    private func writeSites(to json: inout JSONText, strings: inout FrameTrieBuilder.Interned<String>) {
        let sites = text.rows
        var (names, owners, places): ([Int], [Int], [Int]) = ([], [], [])
        for site in sites {
            names.append(site.type.map { strings.index(of: $0) } ?? -1)
            owners.append(strings.index(of: site.owner?.name ?? "an unknown place"))
            places.append(strings.index(of: site.owner?.place ?? ""))
        }
        json.raw(",\"sites\":{\"type\":")
        json.integers(names)
        json.raw(",\"owner\":")
        json.integers(owners)
        json.raw(",\"place\":")
        json.integers(places)
        json.raw(",\"row\":")
        json.integers(rowOfSite)
        json.raw(",\"stacks\":")
        json.integers(sites.map(\.stacks))
        func column(_ name: StaticString, _ value: (HeapRows.Row) -> Int64) {
            json.raw(",")
            json.key(name)
            json.integers(sites.map { max(value($0), 0) })
        }
        column("live_count", \.liveCount)
        column("live_bytes", \.liveBytes)
        column("peak_bytes", \.peakBytes)
        column("count", \.count)
        column("bytes", \.bytes)
        column("temporary_count", \.temporaryCount)
        column("grows") { $0.grows ? 1 : 0 }
        json.raw("}")
    }

    /// Null where nobody could look.
    private func writeMemory(to json: inout JSONText) {
        json.raw(",\"memory\":")
        guard let memory = MemoryUseText(heap) else {
            json.raw("null")
            return
        }
        json.raw("{\"heading\":")
        json.string(memory.heading)
        json.field("resident", memory.use.resident)
        json.field("tracker", memory.use.tracker)
        json.raw(",\"bytes\":")
        json.integers(memory.parts.map(\.bytes))
        json.raw(",\"what\":")
        json.list(memory.parts) { $0.string($1.what) }
        json.raw(",\"judgement\":")
        json.string(memory.judgement?.text ?? "")
        json.raw(",\"remedy\":")
        json.string(memory.judgement?.remedy ?? "")
        json.raw("}")
    }
}
