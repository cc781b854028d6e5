import PerfModel
import PerfProfiles

/// For the Firefox Profiler: threads over time where the recording has times.
///
/// Source: the processed profile format of firefox-devtools/profiler, version 47; later versions of the program
/// upgrade it when they load it.
package struct FirefoxFormat: ReportFormat {
    package static let id = "firefox"
    package static let explanation = "for the Firefox Profiler: threads over time where the recording has times"

    static let version = 27
    static let processedVersion = 47

    package static func bytes(of report: Report) throws -> [UInt8] {
        let tracks = try ThreadTracks(report)
        let profile = report.profile
        var json = JSONText()
        let libraries = Libraries(tracks.view)
        json.raw("{\"meta\":{\"version\":")
        json.integer(version)
        json.raw(",\"preprocessedProfileVersion\":")
        json.integer(processedVersion)
        json.raw(",\"product\":")
        json.string(tracks.name.printable)
        json.raw(",\"importedFrom\":")
        json.string(ToolVersion.current.name)
        json.raw(",\"processType\":0,\"stackwalk\":1,\"interval\":")
        json.milliseconds(tracks.interval)
        json.raw(",\"startTime\":")
        json.milliseconds(profile.startedAt - (profile.timeline?.range.lowerBound ?? 0))
        json.raw(",\"symbolicated\":true,\"symbolicationNotSupported\":true,\"usesOnlyOneStackType\":true")
        json.raw(",\"doesNotUseFrameImplementation\":true,\"sourceCodeIsNotOnSearchfox\":true")
        json.raw(
            ",\"markerSchema\":[],\"sampleUnits\":{\"time\":\"ms\",\"eventDelay\":\"ms\",\"threadCPUDelta\":\"ns\"}")
        if let host = profile.extras?.host {
            json.raw(",\"oscpu\":")
            json.string("\(host.os) \(host.architecture)".printable)
            json.raw(",\"logicalCPUs\":")
            json.integer(host.cpuCount)
        }
        json.raw(",\"categories\":")
        json.list(FrameCategory.allCases.filter(\.isOfFunctions)) { json, category in
            json.raw("{\"name\":")
            json.string(category.title)
            json.raw(",\"color\":")
            json.string(color(of: category))
            json.raw(",\"subcategories\":[\"Other\"]}")
        }
        json.raw("},\"libs\":")
        json.list(libraries.paths) { json, path in write(library: path, of: profile, to: &json) }
        json.raw(",\"pages\":[],\"counters\":[],\"threads\":")
        json.list(tracks.tracks.indices) { json, index in
            var thread = FirefoxThread(tracks, libraries: libraries, unit: report.sampleType.unit)
            thread.write(index, to: &json)
        }
        json.raw("}\n")
        return json.bytes
    }

    /// The images of a profile, numbered.
    struct Libraries {
        private(set) var paths: [String] = []
        private(set) var indices: [String: Int] = [:]

        init(_ view: ProfileView) {
            for frame in view.frames where !frame.module.isEmpty && indices[frame.module] == nil {
                indices[frame.module] = paths.count
                paths.append(frame.module)
            }
        }
    }

    private static func write(library path: String, of profile: Profile, to json: inout JSONText) {
        let name = path.lastPathComponent.printable
        let buildID = profile.mappings.first { $0.file == path }?.buildID ?? ""
        json.raw("{\"name\":")
        json.string(name)
        json.raw(",\"path\":")
        json.string(path.printable)
        json.raw(",\"debugName\":")
        json.string(name)
        json.raw(",\"debugPath\":")
        json.string(path.printable)
        json.raw(",\"breakpadId\":\"\",\"codeId\":")
        if buildID.isEmpty { json.raw("null") } else { json.string(buildID.printable) }
        json.raw(",\"arch\":")
        json.string(profile.extras?.host?.architecture ?? "")
        json.raw("}")
    }

    /// The names of colours that the program has.
    private static func color(of category: FrameCategory) -> String {
        switch category {
        case .own: "yellow"
        case .swiftRuntime: "blue"
        case .systemLibrary: "green"
        case .library: "purple"
        case .kernel: "orange"
        case .unknown, .type, .rawMemory: "grey"
        }
    }
}

extension JSONText {
    /// Nanoseconds as a number of milliseconds.
    mutating func milliseconds(_ nanoseconds: Int64) {
        if nanoseconds < 0 { raw("-") }
        let magnitude = nanoseconds.magnitude
        integer(magnitude / 1_000_000)
        var fraction = magnitude % 1_000_000
        guard fraction > 0 else { return }
        raw(".")
        var place: UInt64 = 100_000
        while fraction > 0 {
            integer(fraction / place)
            fraction %= place
            place /= 10
        }
    }
}
