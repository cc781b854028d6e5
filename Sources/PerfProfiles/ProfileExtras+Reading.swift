import FoundationEssentials
import PerfModel

extension ProfileExtras {
    /// The largest extension that is looked at; its JSON takes many times as much while it is decoded.
    private static let byteLimit = 64 << 20

    private struct VersionOnly: Decodable {
        var version: Int
        /// Nil beside a timeline of another tool's recording, of which nothing else is known.
        var tool: ToolVersion?
        var timeline: EncodedTimeline?
    }

    /// Sets the extras of a profile from the JSON of its extension, or else a warning.
    ///
    /// The samples are good without them, so that nothing here is an error.
    static func read(_ json: ArraySlice<UInt8>, into profile: inout Profile) {
        guard json.count <= byteLimit else {
            profile.readingWarnings.append(unreadable("they take \(json.count) bytes, more than \(byteLimit)"))
            return
        }
        let data = Data(json)
        do {
            let head = try JSONDecoder().decode(VersionOnly.self, from: data)
            let version = head.version
            guard version >= 1, version <= currentVersion else {
                profile.readingWarnings.append(newer(version))
                return
            }
            if let encoded = head.timeline {
                profile.timeline = encoded.decoded(sampleCount: profile.samples.count)
                if profile.timeline == nil { profile.readingWarnings.append(timelineUnreadable) }
                guard head.tool != nil else { return }
            }
            profile.extras = try JSONDecoder().decode(ProfileExtras.self, from: data)
            profile.extras?.timeline = nil
        } catch {
            profile.readingWarnings.append(unreadable("their JSON is not as expected"))
        }
    }

    private static func newer(_ version: Int) -> Warning {
        Warning(
            code: "extras_version",
            message: "the file has extras of the unknown version \(version), which are ignored: "
                + "counts of lost samples, the host and the clock are not shown; its samples are complete",
            remedy: "update perfdoctor"
        )
    }

    private static let timelineUnreadable = Warning(
        code: "timeline_unreadable",
        message: "the times of the samples are damaged or of an unknown version, and are ignored; "
            + "the samples are complete",
        remedy: "update perfdoctor, or record again: perfdoctor record --timeline"
    )

    private static func unreadable(_ reason: String) -> Warning {
        Warning(
            code: "extras_unreadable",
            message: "the extras of the file are ignored, because \(reason): "
                + "counts of lost samples, the host and the clock are not shown; its samples are complete",
            remedy: "record it again: perfdoctor record"
        )
    }
}
