import PerfProfiles

/// The stacks of each thread in a row, for formats that show one thread at a time.
///
/// With a timeline a track is a thread over time, in nanoseconds since the recording began; without one it has each
/// distinct stack once, as long as its value.
struct ThreadTracks {
    struct Span {
        /// Index into the view's `stacks`; -1 for none.
        var stack: Int
        var start: Int64
        var length: Int64
        /// What the span counts for in the sample type of the report.
        var value: Int64
        /// Whether it is as long as it was measured, not until the next sample.
        var lasts = false
    }

    struct Track {
        var thread: ThreadIdentity?
        var name: String
        var spans: [Span] = []
        var start: Int64
        var end: Int64

        /// The spans and, where there is time between them, spans without a stack.
        var spansWithGaps: [Span] {
            var result: [Span] = []
            var position = start
            for span in spans {
                if span.start > position {
                    result.append(Span(stack: -1, start: position, length: span.start - position, value: 0))
                }
                result.append(span)
                position = saturatingSum(span.start, span.length)
            }
            if end > position { result.append(Span(stack: -1, start: position, length: end - position, value: 0)) }
            return result
        }
    }

    let view: ProfileView
    let isTimed: Bool
    /// Largest first.
    private(set) var tracks: [Track] = []
    /// What was recorded.
    let name: String
    /// Nanoseconds between two samples of a thread that runs.
    let interval: Int64

    init(_ report: Report) throws(ViewError) {
        view = try report.stackView()
        let target = report.profile.extras?.target ?? ""
        name = target.isEmpty ? report.source : target
        isTimed = report.profile.timeline != nil
        interval = Self.interval(of: report.profile)
        let profile = report.profile
        // Threads as the tables have them; samples that name none come last.
        let threads = view.threads.map(\.thread)
        var trackOfThread: [ThreadIdentity: Int] = [:]
        for (index, thread) in threads.enumerated() { trackOfThread[Self.key(thread)] = index }
        let range = profile.timeline?.range ?? 0..<0
        let severalProcesses = Set(threads.map(\.processID)).count > 1
        tracks = threads.map { thread in
            var name = thread.label
            if severalProcesses, let id = thread.processID { name += " of \(thread.process) \(id)" }
            return Track(thread: thread, name: name, start: range.lowerBound, end: range.upperBound)
        }
        tracks.append(Track(thread: nil, name: name, start: range.lowerBound, end: range.upperBound))
        let trackOfLabels = profile.labelSets.indices.map { labels in
            profile.thread(in: labels).flatMap { trackOfThread[Self.key($0)] } ?? threads.count
        }
        if let timeline = profile.timeline {
            addTimes(timeline, of: profile, trackOfLabels: trackOfLabels)
        } else {
            addTotals(trackOfLabels: trackOfLabels)
        }
        // A format needs one track at least.
        tracks = tracks.filter { !$0.spans.isEmpty }
        if tracks.isEmpty { tracks = [Track(thread: nil, name: name, start: range.lowerBound, end: range.upperBound)] }
    }

    /// A thread that renames itself is still one thread.
    private static func key(_ thread: ThreadIdentity) -> ThreadIdentity {
        var key = thread
        if key.threadID != nil { key.name = "" }
        return key
    }

    private static func interval(of profile: Profile) -> Int64 {
        if profile.periodType?.unit == "nanoseconds", profile.period > 0 { return profile.period }
        // Of another tool's recording: what most pairs of neighbours have between them.
        let times = profile.timeline?.times ?? []
        let steps = zip(times.dropFirst(), times).map { $0 - $1 }.filter { $0 > 0 }.sorted()
        return steps.isEmpty ? 1_000_000 : min(steps[steps.count / 2], 100_000_000)
    }

    private mutating func addTimes(_ timeline: SampleTimeline, of profile: Profile, trackOfLabels: [Int]) {
        let occurrences = timeline.occurrences(sampleCount: profile.samples.count)
        let extents = timeline.extents(sampleCount: profile.samples.count)
        for position in timeline.times.indices {
            let (time, number) = (timeline.times[position], Int(timeline.samples[position]))
            guard profile.samples.indices.contains(number) else { continue }
            let sample = profile.samples[number]
            // What the report is not about, such as waits in one about CPU time, would only hide the rest.
            guard sample.values[view.valueIndex] != 0 else { continue }
            let track = trackOfLabels[sample.labelSet]
            let duration = timeline.duration(at: position)
            let value =
                extents[number] > 0
                ? Profile.part(duration, of: extents[number], value: sample.values[view.valueIndex])
                : sample.values[view.valueIndex] / max(occurrences[number], 1)
            let stack = Int(view.stackOfSample[number])
            let length = duration > 0 ? duration : max(1, min(interval, timeline.range.upperBound &- time))
            tracks[track].append(Span(stack: stack, start: time, length: length, value: value, lasts: duration > 0))
        }
    }

    private mutating func addTotals(trackOfLabels: [Int]) {
        for weight in view.weights where weight.value > 0 {
            let track = trackOfLabels[weight.labelSet]
            let start = tracks[track].spans.last.map { saturatingSum($0.start, $0.length) } ?? 0
            let end = saturatingSum(start, weight.value)
            tracks[track].spans.append(
                Span(stack: weight.stack, start: start, length: end - start, value: weight.value))
            tracks[track].end = end
        }
    }
}

extension ThreadTracks.Track {
    /// Adds a span that begins not before the last one; the last one ends where this one begins.
    ///
    /// One that lasts keeps its length. Short ones that were put together may overlap a little: the next comes later.
    fileprivate mutating func append(_ span: ThreadTracks.Span) {
        var span = span
        if let last = spans.last, last.lasts {
            span.start = max(span.start, saturatingSum(last.start, last.length))
        } else if let last = spans.indices.last, spans[last].start + spans[last].length > span.start {
            spans[last].length = span.start - spans[last].start
            // Two samples at one moment: the first has no room on the axis, so that the second counts for both.
            if spans[last].length == 0 {
                var both = span
                both.value = saturatingSum(both.value, spans[last].value)
                spans[last] = both
                return
            }
        }
        spans.append(span)
        end = max(end, span.start + span.length)
    }
}
