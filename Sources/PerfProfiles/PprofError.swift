import PerfModel

/// Why bytes could not be read as a profile, or a profile could not be written.
package struct PprofError: UserFacingError, Hashable {
    package enum Reason: Hashable, Sendable {
        case empty
        /// Something else than a profile.
        case notAProfile(FileKind)
        /// It ends too early; the text says in what.
        case truncated(String)
        /// Not the wire format of protobuf; the text says where.
        case malformed(String)
        /// The gzip layer is damaged; the text says how.
        case damagedCompression(String)
        /// The parts contradict one another, as an index without its target does; the text says which.
        case inconsistent(String)
        case tooLarge(what: String, limitBytes: Int)
        /// A profile in memory that breaks its own rules: a mistake of this program.
        case notEncodable(String)
    }

    package var reason: Reason
    /// Path of the file, where it is known.
    package var file: String?

    package init(_ reason: Reason, file: String? = nil) {
        self.reason = reason
        self.file = file
    }

    private var subject: String { file?.printable ?? "the file" }

    package var summary: String {
        switch reason {
        case .empty:
            "\(subject) is empty"
        case .notAProfile(let kind):
            "\(subject) is not a pprof profile: it looks like \(kind.explanation)"
        case .truncated(let what):
            "the profile in \(subject) is cut off: \(what)"
        case .malformed(let what):
            "\(subject) is damaged or not a pprof profile: \(what)"
        case .damagedCompression(let what):
            "the gzip data of \(subject) is damaged: \(what)"
        case .inconsistent(let what):
            "the profile in \(subject) contradicts itself: \(what)"
        case .tooLarge(let what, let limit):
            "the profile in \(subject) is too large: \(what) takes more than \(limit) bytes"
        case .notEncodable(let what):
            "the profile cannot be written: \(what)"
        }
    }

    package var remedy: String? {
        switch reason {
        case .notAProfile(let kind):
            kind.remedy
        case .empty, .truncated, .damagedCompression:
            "record it again, or copy it again in binary mode and compare the sizes"
        case .malformed:
            "check that it is a pprof file (.pb.gz): go tool pprof -raw FILE"
        case .inconsistent:
            "report this to the author of the tool that wrote the file"
        case .tooLarge:
            "record for a shorter time or at a lower frequency: perfdoctor record -d 10 -F 99"
        case .notEncodable:
            "report this as a bug of perfdoctor, with the command line"
        }
    }
}
