/// Field numbers of `profile.proto` (github.com/google/pprof, proto/profile.proto).
enum PprofField {
    enum Profile {
        static let sampleType = 1
        static let sample = 2
        static let mapping = 3
        static let location = 4
        static let function = 5
        static let stringTable = 6
        static let dropFrames = 7
        static let keepFrames = 8
        static let timeNanos = 9
        static let durationNanos = 10
        static let periodType = 11
        static let period = 12
        static let comment = 13
        static let defaultSampleType = 14
        static let docURL = 15
        /// Our one extension: `bytes` that hold ``ProfileExtras`` as JSON.
        ///
        /// 0x70646F spells "pdo". The number is far from those that pprof hands out one after the other, and below
        /// protobuf's limit of 2^29 - 1; every other reader skips it.
        static let extras = 0x70646F
    }

    enum ValueType {
        static let type = 1
        static let unit = 2
    }

    enum Sample {
        static let locationID = 1
        static let value = 2
        static let label = 3
    }

    enum Label {
        static let key = 1
        static let text = 2
        static let number = 3
        static let unit = 4
    }

    enum Mapping {
        static let id = 1
        static let memoryStart = 2
        static let memoryLimit = 3
        static let fileOffset = 4
        static let filename = 5
        static let buildID = 6
        static let hasFunctions = 7
        static let hasFilenames = 8
        static let hasLineNumbers = 9
        static let hasInlineFrames = 10
    }

    enum Location {
        static let id = 1
        static let mappingID = 2
        static let address = 3
        static let line = 4
        static let isFolded = 5
    }

    enum Line {
        static let functionID = 1
        static let line = 2
        static let column = 3
    }

    enum Function {
        static let id = 1
        static let name = 2
        static let systemName = 3
        static let filename = 4
        static let startLine = 5
    }
}
