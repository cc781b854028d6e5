import PerfModel
import PerfProfiles

/// For speedscope: a track for each thread, over time where the recording has times.
///
/// Source: `file-format-spec.ts` of speedscope.
package struct SpeedscopeFormat: ReportFormat {
    package static let id = "speedscope"
    package static let explanation = "for speedscope: each thread over time where the recording has times"

    package static func bytes(of report: Report) throws -> [UInt8] {
        let tracks = try ThreadTracks(report)
        let view = tracks.view
        var json = JSONText()
        json.raw("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"name\":")
        json.string(tracks.name.printable)
        json.raw(",\"exporter\":")
        json.string("\(ToolVersion.current.name) \(ToolVersion.current.version)")
        json.raw(",\"activeProfileIndex\":0,\"shared\":{\"frames\":")
        json.list(view.frames) { json, frame in
            json.raw("{\"name\":")
            json.string(frame.name.printable)
            if !frame.file.isEmpty {
                json.raw(",\"file\":")
                json.string(frame.file.printable)
            }
            if frame.line > 0 {
                json.raw(",\"line\":")
                json.integer(frame.line)
            }
            json.raw("}")
        }
        json.raw("},\"profiles\":")
        json.list(tracks.tracks) { json, track in
            write(track, unit: tracks.isTimed ? "nanoseconds" : unit(of: report.sampleType), view: view, to: &json)
        }
        json.raw("}\n")
        return json.bytes
    }

    private static func write(_ track: ThreadTracks.Track, unit: String, view: ProfileView, to json: inout JSONText) {
        json.raw("{\"type\":\"sampled\",\"name\":")
        json.string(track.name.printable)
        json.raw(",\"unit\":")
        json.string(unit)
        json.raw(",\"startValue\":")
        json.integer(track.start)
        json.raw(",\"endValue\":")
        json.integer(track.end)
        // Where a thread did not run, an empty stack keeps its place on the time axis.
        let spans = track.spansWithGaps
        json.raw(",\"samples\":")
        json.list(spans) { json, span in
            json.integers(span.stack < 0 ? [] : view.stacks[span.stack])
        }
        json.raw(",\"weights\":")
        json.integers(spans.lazy.map(\.length))
        json.raw("}")
    }

    /// The format knows only these units.
    private static func unit(of type: Profile.ValueType) -> String {
        ["nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"].contains(type.unit) ? type.unit : "none"
    }
}
