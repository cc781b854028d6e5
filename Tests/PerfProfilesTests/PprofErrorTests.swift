import PerfModel
import Testing

@testable import PerfProfiles

@Suite("pprof errors")
struct PprofErrorTests {
    private func failure(_ bytes: [UInt8], limits: PprofLimits = PprofLimits()) -> PprofError? {
        #expect(throws: PprofError.self) { try Profile(decoding: bytes, file: "a\u{1B}b", limits: limits) }
    }

    /// A profile with one sample type and the string table `["", "x"]`, followed by other fields.
    private func message(strings: [String] = ["", "x"], _ rest: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter()
        writer.field(1, [0x08, 0x01, 0x10, 0x01])
        rest(&writer)
        for string in strings { writer.field(6, string.utf8) }
        return writer.bytes
    }

    @Test(
        "an arbitrary file is named for what it seems to be",
        arguments: [
            ([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0], FileKind.elf),
            (Array("PERFILE2\u{68}\0\0\0".utf8), .perfData),
            (Array("{\"schema\": 1}".utf8), .json),
            (Array(" \n[1, 2]".utf8), .json),
            (Array("<!doctype html>".utf8), .html),
            (Array("#!/bin/sh\n".utf8), .script),
            (Array("main;work;spin 42\nmain 1\n".utf8), .foldedStacks),
            (Array("Dear diary,\n".utf8), .text),
            (Array("Größe\n".utf8), .text),
            (Array("\n\nhello\n".utf8), .text),
            (Array("PK\u{3}\u{4}....".utf8), .archive),
            ([0x28, 0xB5, 0x2F, 0xFD, 0, 0], .compressed),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0], .compressed),
        ]
    )
    func kinds(bytes: [UInt8], kind: FileKind) throws {
        for contents in [bytes, try Gzip.compress(bytes)] {
            let error = try #require(failure(contents))
            #expect(error.reason == .notAProfile(kind))
            #expect(error.summary == "a\\u{1B}b is not a pprof profile: it looks like \(kind.explanation)")
            #expect(error.remedy == kind.remedy)
        }
    }

    @Test("an empty file is called empty, compressed or not")
    func empty() throws {
        #expect(failure([])?.reason == .empty)
        #expect(failure(try Gzip.compress([]))?.summary == "a\\u{1B}b is empty")
    }

    @Test("what contradicts itself is named")
    func inconsistent() {
        func expect(_ text: String, _ bytes: [UInt8]) {
            #expect(failure(bytes)?.reason == .inconsistent(text))
        }
        var writer = WireWriter()
        writer.field(9, 5 as Int64)
        expect("it has no string table", writer.bytes)
        writer.field(6, "".utf8)
        expect("it has no sample types", writer.bytes)
        expect(
            "the first string of its table is \"\\u{7}\", not empty", message(strings: ["\u{7}"]) { _ in })
        expect("sample type 0 refers to string 1 of 1", message(strings: [""]) { _ in })
        expect("drop_frames refers to string -1 of 2", message { $0.field(7, -1 as Int64) })
        expect("sample 0 has 0 values for 1 sample types", message { $0.field(2, []) })
        expect("sample 0 has 2 values for 1 sample types", message { $0.field(2, [0x12, 2, 1, 1]) })
        expect("sample 0 refers to the unknown location id 3", message { $0.field(2, [0x0A, 1, 3, 0x10, 1]) })
        expect("sample 0 refers to the unknown location id 0", message { $0.field(2, [0x0A, 1, 0, 0x10, 1]) })
        expect(
            "a label of sample 0 refers to string 9 of 2", message { $0.field(2, [0x10, 1, 0x1A, 2, 0x08, 9]) })
        expect("mapping 0 has the reserved id 0", message { $0.field(3, []) })
        expect("function 0 refers to string 5 of 2", message { $0.field(5, [0x08, 1, 0x10, 5]) })
        expect(
            "two functions have the id 1",
            message {
                $0.field(5, [0x08, 1])
                $0.field(5, [0x08, 1])
            }
        )
        expect("location 0 refers to the unknown mapping id 4", message { $0.field(4, [0x08, 1, 0x10, 4]) })
        expect("location 0 refers to the unknown function id 4", message { $0.field(4, [0x08, 1, 0x22, 2, 0x08, 4]) })
    }

    @Test("damage is located")
    func damaged() throws {
        let whole = try ExampleProfile.complete.encodedWithoutCompression()
        let cut = failure(Array(whole.dropLast()))
        #expect(cut?.summary.hasPrefix("the profile in a\\u{1B}b is cut off: field 6") == true)
        #expect(
            failure(message { $0.append([0x0F]) })?.reason
                == .malformed("the field at byte 6 has the unknown wire type 7")
        )
        #expect(
            failure(message { $0.append([0x02, 0]) })?.reason
                == .malformed("the field at byte 6 has the invalid number 0")
        )
        #expect(
            failure(message { $0.append([0x48] + [UInt8](repeating: 0xFF, count: 10)) })?.reason
                == .malformed("a number at byte 7 has more than 64 bits")
        )
        let compressed = try ExampleProfile.complete.encoded()
        #expect(
            failure(Array(compressed.dropLast(3)))?.summary
                == "the gzip data of a\\u{1B}b is damaged: it is cut off after \(compressed.count - 3) bytes"
        )
        #expect(
            failure(compressed + [1, 2])?.reason
                == .damagedCompression("other data follows it at byte \(compressed.count)")
        )
        var wrongSum = compressed
        wrongSum[compressed.count - 6] ^= 1
        #expect(failure(wrongSum)?.summary.contains("incorrect data check") == true)
    }

    @Test("reads several gzip members and padding as gzip does")
    func members() throws {
        let bytes = try ExampleProfile.complete.encodedWithoutCompression()
        let parts = try Gzip.compress(Array(bytes[..<100])) + Gzip.compress(Array(bytes[100...]))
        #expect(try Profile(decoding: parts) == ExampleProfile.complete)
        #expect(try Profile(decoding: parts + [0, 0, 0]) == ExampleProfile.complete)
    }

    @Test("skips unknown fields and groups, merges what is split, and takes the last of what is repeated")
    func tolerant() throws {
        let bytes = message {
            $0.append([0xA3, 0x06, 0x08, 0x01, 0xAB, 0x06, 0xAC, 0x06, 0xA4, 0x06])  // groups 100 and 101, nested
            $0.append([0xA1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xA5, 0x06, 1, 2, 3, 4])  // fixed64 and fixed32
            $0.field(11, [0x08, 0x01])
            $0.field(11, [0x10, 0x01])
            $0.field(12, 1 as Int64)
            $0.field(12, 2 as Int64)
            $0.field(4, [0x08, 5, 0x22, 2, 0x10, 7])  // a line without a function
            $0.field(2, [0x0A, 1, 5, 0x10, 1])  // packed and not
        }
        let profile = try Profile(decoding: bytes)
        #expect(profile.periodType == Profile.ValueType(type: "x", unit: "x"))
        #expect(profile.period == 2)
        #expect(profile.locations == [Profile.Location(mapping: nil, address: 0, lines: [])])
        #expect(profile.samples == [Profile.Sample(locations: [0], values: [1], labelSet: 0)])
    }

    @Test("extras of another version or without sense are a warning, and the samples are there")
    func extras() throws {
        var profile = ExampleProfile.withExtras
        profile.extras?.version = 99
        let newer = try Profile(decoding: profile.encoded())
        #expect(newer.extras == nil)
        #expect(newer.samples == profile.samples)
        #expect(newer.readingWarnings.map(\.code) == ["extras_version"])
        for json in ["", "{", "[]", "{\"version\":\"1\"}", String(repeating: "[", count: 10_000)] {
            let bytes = message { $0.field(PprofField.Profile.extras, json.utf8) }
            #expect(try Profile(decoding: bytes).readingWarnings.map(\.code) == ["extras_unreadable"])
        }
        let json = #"{"version":1,"counts":{"lost":3},"new":[]}"#
        let bytes = message { $0.field(PprofField.Profile.extras, json.utf8) }
        let old = try Profile(decoding: bytes)
        #expect(old.extras?.counts.lost == 3)
        #expect(old.readingWarnings.isEmpty)
    }

    @Test("bombs are refused within their limits")
    func bombs() throws {
        var limits = PprofLimits()
        limits.decompressedBytes = 1 << 20
        limits.decodedBytes = 1 << 20
        let zeros = try Gzip.compress([UInt8](repeating: 0, count: 3 << 20))
        #expect(failure(zeros, limits: limits)?.reason == .tooLarge(what: "its decompressed data", limitBytes: 1 << 20))
        let many = try Gzip.compress([UInt8](repeating: 0, count: 1 << 18))
        let members = Array([[UInt8]](repeating: many, count: 5).joined())
        #expect(failure(members, limits: limits)?.summary.contains("takes more than 1048576 bytes") == true)
        // Small parts that become large ones.
        let parts: [(field: Int, contents: [UInt8])] = [
            (2, [0x10, 1]), (2, [0x0A, 0, 0x10, 1]), (3, [0x08, 1]), (4, [0x08, 1]), (5, [0x08, 1]), (6, []),
        ]
        for part in parts {
            let bytes = message { writer in
                for _ in 0..<100_000 { writer.field(part.field, part.contents) }
            }
            let reason = failure(bytes, limits: limits)?.reason
            guard case .tooLarge = reason else {
                Issue.record("field \(part.field): \(String(describing: reason))")
                continue
            }
        }
        let lines = message { writer in
            writer.field(5, [0x08, 1])
            let start = writer.begin(4)
            for _ in 0..<100_000 { writer.field(4, [0x08, 1]) }
            writer.end(start)
        }
        #expect(failure(lines, limits: limits)?.reason == .tooLarge(what: "its contents", limitBytes: 1 << 20))
    }

    @Test("a profile that breaks its own rules is not written")
    func notEncodable() {
        var profile = ExampleProfile.complete
        profile.samples[0].locations = [99]
        #expect(throws: PprofError(.notEncodable("a sample refers to location 99 of 4"))) { try profile.encoded() }
        profile.samples[0] = .init(locations: [], values: [1], labelSet: 0)
        #expect(throws: PprofError(.notEncodable("sample 0 has 1 values for 2 sample types"))) {
            try profile.encoded()
        }
        profile.samples[0] = .init(locations: [], values: [1, 1], labelSet: -1)
        #expect(throws: PprofError(.notEncodable("sample 0 refers to label set -1"))) { try profile.encoded() }
        profile.samples[0].labelSet = 0
        profile.locations[0].mapping = 2
        #expect(throws: PprofError(.notEncodable("location 0 refers to mapping 2"))) { try profile.encoded() }
        profile.locations[0].mapping = nil
        profile.locations[0].lines = [.init(function: 3, line: 1)]
        #expect(throws: PprofError(.notEncodable("location 0 refers to function 3"))) { try profile.encoded() }
    }
}
