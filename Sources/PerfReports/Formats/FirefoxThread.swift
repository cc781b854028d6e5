import PerfModel
import PerfProfiles

/// One thread of the Firefox Profiler's processed format: its samples, and tables with just what they need.
struct FirefoxThread {
    private struct Node: Hashable {
        var prefix: Int
        var frame: Int
    }

    private let tracks: ThreadTracks
    private let libraries: FirefoxFormat.Libraries
    private let unit: String
    private var strings = FrameTrieBuilder.Interned<String>()
    /// Indices into the view's frames; a function of the format for each.
    private var frames = FrameTrieBuilder.Interned<Int>()
    private var nodes = FrameTrieBuilder.Interned<Node>()
    /// Modules of the view's frames, each a resource.
    private var resources = FrameTrieBuilder.Interned<String>()

    init(_ tracks: ThreadTracks, libraries: FirefoxFormat.Libraries, unit: String) {
        self.tracks = tracks
        self.libraries = libraries
        self.unit = unit
    }

    mutating func write(_ index: Int, to json: inout JSONText) {
        let track = tracks.tracks[index]
        writeIdentity(track, index: index, to: &json)
        var stackNodes: [Int: Int] = [:]
        // A sample lasts until the next one there: waits need one without a stack at their end.
        let spans = track.spans.contains(where: \.lasts) ? track.spansWithGaps : track.spans
        let stacks = spans.map { span -> Int in
            if let known = stackNodes[span.stack] { return known }
            let node = node(ofStack: span.stack)
            stackNodes[span.stack] = node
            return node
        }
        json.raw(",\"samples\":{\"length\":")
        json.integer(stacks.count)
        json.raw(",\"stack\":")
        json.list(stacks) { json, stack in json.index(stack) }
        json.raw(",\"time\":")
        // Without times, stacks follow one another as if each took as long as the one before it.
        json.list(spans.enumerated()) { json, item in
            json.milliseconds(tracks.isTimed ? item.element.start : Int64(item.offset) * tracks.interval)
        }
        json.raw(",\"weight\":")
        json.list(spans) { json, span in
            if unit == "nanoseconds" { json.milliseconds(span.value) } else { json.integer(span.value) }
        }
        json.raw(",\"weightType\":")
        json.string(unit == "nanoseconds" ? "tracing-ms" : unit == "bytes" ? "bytes" : "samples")
        if unit == "nanoseconds" {
            // A thread that waits takes no CPU time, whatever else the profile counts.
            json.raw(",\"threadCPUDelta\":")
            json.integers(spans.lazy.map { $0.lasts ? 0 : $0.value })
        }
        json.raw("},\"markers\":{\"length\":0,\"category\":[],\"data\":[],\"endTime\":[],\"name\":[],\"phase\":[],")
        json.raw("\"startTime\":[]}")
        writeTables(to: &json)
        json.raw("}")
    }

    private func writeIdentity(_ track: ThreadTracks.Track, index: Int, to json: inout JSONText) {
        let process = track.thread?.processID
        json.raw("{\"processType\":\"default\",\"processName\":")
        let processName = track.thread?.process ?? ""
        json.string((processName.isEmpty ? tracks.name : processName).printable)
        json.raw(",\"processStartupTime\":0,\"processShutdownTime\":null,\"registerTime\":0,\"unregisterTime\":null")
        json.raw(",\"pausedRanges\":[],\"name\":")
        json.string((track.thread.map { $0.name.isEmpty ? $0.label : $0.name } ?? track.name).printable)
        json.raw(",\"isMainThread\":")
        let isMain = process.map { track.thread?.threadID == $0 } ?? (index == 0)
        json.raw(isMain ? "true" : "false")
        json.raw(",\"pid\":")
        json.string(process.map { "\($0)" } ?? "0")
        json.raw(",\"tid\":")
        json.integer(track.thread?.threadID ?? Int64(index))
    }

    private mutating func node(ofStack stack: Int) -> Int {
        var node = -1
        guard stack >= 0 else { return node }
        for frame in tracks.view.stacks[stack] {
            node = nodes.index(of: Node(prefix: node, frame: frames.index(of: frame)))
        }
        return node
    }

    private mutating func writeTables(to json: inout JSONText) {
        let view = tracks.view
        let frames = self.frames.values.map { view.frames[$0] }
        let categories = frames.map { FrameCategory(name: $0.name, module: $0.module).rawValue }
        let zeros = Array(repeating: 0, count: frames.count)
        json.raw(",\"stackTable\":{\"length\":")
        json.integer(nodes.values.count)
        json.raw(",\"frame\":")
        json.integers(nodes.values.map(\.frame))
        json.raw(",\"prefix\":")
        json.list(nodes.values) { json, node in json.index(node.prefix) }
        json.raw(",\"category\":")
        json.integers(nodes.values.map { categories[$0.frame] })
        json.raw(",\"subcategory\":")
        json.integers(Array(repeating: 0, count: nodes.values.count))

        json.raw("},\"frameTable\":{\"length\":")
        json.integer(frames.count)
        json.raw(",\"address\":")
        json.integers(frames.map { _ in -1 })
        json.raw(",\"inlineDepth\":")
        json.integers(zeros)
        json.raw(",\"category\":")
        json.integers(categories)
        json.raw(",\"subcategory\":")
        json.integers(zeros)
        json.raw(",\"func\":")
        json.integers(frames.indices)
        json.raw(",\"nativeSymbol\":")
        json.nulls(frames.count)
        json.raw(",\"innerWindowID\":")
        json.nulls(frames.count)
        json.raw(",\"implementation\":")
        json.nulls(frames.count)
        json.raw(",\"line\":")
        json.nulls(frames.count)
        json.raw(",\"column\":")
        json.nulls(frames.count)

        let names = frames.map { strings.index(of: $0.name) }
        let files = frames.map { $0.file.isEmpty ? -1 : strings.index(of: $0.file) }
        let resourceOfFrame = frames.map { $0.module.isEmpty ? -1 : resources.index(of: $0.module) }
        json.raw("},\"funcTable\":{\"length\":")
        json.integer(frames.count)
        json.raw(",\"name\":")
        json.integers(names)
        json.raw(",\"isJS\":")
        json.list(frames) { json, _ in json.raw("false") }
        json.raw(",\"relevantForJS\":")
        json.list(frames) { json, _ in json.raw("false") }
        json.raw(",\"resource\":")
        json.integers(resourceOfFrame)
        json.raw(",\"fileName\":")
        json.list(files) { json, file in json.index(file) }
        json.raw(",\"lineNumber\":")
        json.list(frames) { json, frame in json.index(frame.line > 0 ? frame.line : -1) }
        json.raw(",\"columnNumber\":")
        json.nulls(frames.count)

        json.raw("},\"resourceTable\":{\"length\":")
        json.integer(resources.values.count)
        json.raw(",\"lib\":")
        json.list(resources.values) { json, module in json.index(libraries.indices[module] ?? -1) }
        json.raw(",\"name\":")
        json.integers(resources.values.map { strings.index(of: $0.lastPathComponent) })
        json.raw(",\"host\":")
        json.nulls(resources.values.count)
        json.raw(",\"type\":")
        // 1 is a library.
        json.integers(resources.values.map { _ in 1 })
        json.raw("},\"nativeSymbols\":{\"length\":0,\"libIndex\":[],\"address\":[],\"name\":[],\"functionSize\":[]}")
        json.raw(",\"stringArray\":")
        json.list(strings.values) { $0.string($1.printable) }
    }
}

extension JSONText {
    /// An index, or null where it is negative.
    fileprivate mutating func index(_ value: Int) {
        if value < 0 { raw("null") } else { integer(value) }
    }

    fileprivate mutating func nulls(_ count: Int) {
        list(0..<count) { json, _ in json.raw("null") }
    }
}
