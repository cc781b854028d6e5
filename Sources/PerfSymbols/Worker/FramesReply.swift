/// The worker's answer to a request for frames.
package struct FramesReply: Hashable, Sendable {
    package enum Status: UInt32, Sendable {
        case found = 0
        case libraryMissing = 1
        case noDebugInformation = 2
        case failed = 3
    }

    /// A function around an address, as the debug information has it.
    package struct Frame: Hashable, Sendable {
        /// The mangled name where there is one, else the plain name; empty when unknown.
        package var name: String
        /// Absolute where the compiler recorded its directory; empty when unknown.
        package var file: String
        package var line: Int
        package var startLine: Int
        package var isInlined: Bool
        package var isMangled: Bool
    }

    package var status: Status
    /// For each requested address its frames, innermost first.
    package var frames: [[Frame]]
    /// As received; the C side lays it out (CPerfSymbols.h).
    package private(set) var bytes: [UInt8]

    private static let frameSize = 20
    /// More than any compiler nests; a longer list is a lie.
    private static let mostFrames = 4096

    package init(status: Status, encodedFrames: [UInt8] = []) {
        self.status = status
        self.frames = []
        self.bytes = []
        self.bytes.appendLittleEndian(status.rawValue)
        self.bytes += encodedFrames
    }

    package init?(_ payload: [UInt8]) {
        guard let status = payload.uint32(at: 0).flatMap(Status.init(rawValue:)) else { return nil }
        self.status = status
        self.bytes = payload
        self.frames = []
        guard status == .found else { return }
        guard let stringSize = payload.uint32(at: 4), Int(stringSize) <= payload.count - 8 else { return nil }
        let stringsStart = 8
        var strings: [UInt32: String] = [0: ""]
        var position = stringsStart + Int(stringSize)

        func string(_ offset: UInt32) -> String? {
            if let known = strings[offset] { return known }
            guard offset < stringSize,
                let text = payload.terminatedString(at: stringsStart + Int(offset), limit: 128 << 10)
            else { return nil }
            strings[offset] = text
            return text
        }

        while position < payload.count {
            guard let count = payload.uint32(at: position), Int(count) <= Self.mostFrames,
                Int(count) * Self.frameSize <= payload.count - position - 4
            else { return nil }
            position += 4
            var list: [Frame] = []
            list.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard let name = payload.uint32(at: position).flatMap(string),
                    let file = payload.uint32(at: position + 4).flatMap(string),
                    let line = payload.uint32(at: position + 8), let startLine = payload.uint32(at: position + 12),
                    let flags = payload.uint32(at: position + 16)
                else { return nil }
                list.append(
                    Frame(
                        name: name, file: file, line: Int(line), startLine: Int(startLine),
                        isInlined: flags & 1 != 0, isMangled: flags & 2 != 0
                    )
                )
                position += Self.frameSize
            }
            frames.append(list)
        }
    }
}
