import PerfModel
import Testing

@testable import PerfProfiles

/// The official protobuf runtime reads what we write, and we read what it writes.
///
/// The files are recorded, so that the codec is held to them where there is no Python.
@Suite("pprof and the official protobuf runtime")
struct PprofOracleTests {
    @Test("reads the runtime's file, whose ids are neither dense nor in order")
    func readsOthers() throws {
        #expect(try Profile(decoding: Fixture.bytes("python-complete.pb")) == ExampleProfile.complete)
    }

    @Test("writes the recorded bytes")
    func writesGolden() throws {
        try Fixture.expectGolden(ExampleProfile.withExtras.encodedWithoutCompression(), "perfdoctor-complete.pb")
    }

    @Test("the runtime reads everything that we write, the extras included, and no unknown field")
    func runtimeReads() throws {
        guard let python = ExternalTool.python else { return }
        let dump = try ExternalTool.oracle(python, "dump", ExampleProfile.withExtras.encoded())
        try Fixture.expectGolden(dump, "perfdoctor-complete.json")
        var plain = ExampleProfile.withExtras
        plain.extras = nil
        let ours = try ExternalTool.oracle(python, "dump", plain.encoded())
        #expect(try ours == ExternalTool.oracle(python, "dump", Fixture.bytes("python-complete.pb")))
    }

    @Test("reads its own file again after the runtime has copied it")
    func runtimeCopies() throws {
        guard let python = ExternalTool.python else { return }
        let profile = ExampleProfile.withExtras
        let copy = try ExternalTool.oracle(python, "copy", profile.encoded())
        #expect(try Profile(decoding: copy) == Profile(decoding: profile.encoded()))
    }

    @Test("the runtime still writes the recorded file")
    func fixtureIsCurrent() throws {
        guard let python = ExternalTool.python else { return }
        #expect(try ExternalTool.oracle(python, "write") == Fixture.bytes("python-complete.pb"))
    }
}
