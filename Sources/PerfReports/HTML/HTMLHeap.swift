import PerfModel
import PerfProfiles

/// What a page shows of a heap recording beside its stacks: the verdict, memory over time, types, sites, memory use.
///
/// Assets/heap.js is its reader. Values are those of the text report and of JSON.
struct HTMLHeap {
    private let report: Report
    private let text: HeapText
    private let types: HeapTypes
    /// A row of the page for each stack that has one: where its site is in the flame graph.
    private let rowOfStack: [[Int]: Int]

    /// Columns of a function's name in the verdict.
    private static let nameWidth = 72

    init(_ report: Report, heap: HeapSummary, trie: FrameTrie) {
        self.report = report
        text = HeapText(report, heap: heap, nameWidth: Self.nameWidth)
        types = HeapTypes(text.sites)
        var rows: [[Int]: Int] = [:]
        for (sample, row) in zip(report.profile.samples, trie.rowOfSample) where row >= 0 {
            rows[sample.locations] = rows[sample.locations] ?? Int(row)
        }
        rowOfStack = rows
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
        let sites = text.sites.sites
        var (names, owners, places): ([Int], [Int], [Int]) = ([], [], [])
        for site in sites {
            let owner = HeapOwner(site, in: report.profile)
            names.append(site.type.map { strings.index(of: $0) } ?? -1)
            owners.append(strings.index(of: owner?.name ?? "an unknown place"))
            places.append(strings.index(of: owner?.place ?? ""))
        }
        json.raw(",\"sites\":{\"type\":")
        json.integers(names)
        json.raw(",\"owner\":")
        json.integers(owners)
        json.raw(",\"place\":")
        json.integers(places)
        json.raw(",\"row\":")
        json.integers(sites.map { rowOfStack[$0.locations] ?? -1 })
        func column(_ name: StaticString, _ value: (HeapSites.Site) -> Int64) {
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
        column("grows") { $0.grows && $0.liveBytes > 0 ? 1 : 0 }
        json.raw("}")
    }

    /// Null where nobody could look.
    private func writeMemory(to json: inout JSONText) {
        json.raw(",\"memory\":")
        guard let memory = MemoryUseText(heap) else {
            json.raw("null")
            return
        }
        json.raw("{\"resident\":")
        json.integer(memory.use.resident)
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
