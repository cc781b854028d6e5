import PerfLinux
import PerfSymbols
import Testing

@Suite("Demangling")
struct DemanglerTests {
    /// Names of the toolchain's libraries, one for each rule of folding.
    static let swiftNames: [(mangled: String, expected: String)] = [
        // await resume of a partial apply forwarder of a closure
        (
            "$sScI4next7ElementQzSgyYaKFTjTQ0_", "Swift.AsyncIteratorProtocol.next() async throws -> A.Element?"
        ),
        ("$s4main4slowyS2iYaF", "main.slow(Swift.Int) async -> Swift.Int"),
        ("$s4main4slowyS2iYaFTY0_", "main.slow(Swift.Int) async -> Swift.Int"),
        ("$s4main4slowyS2iYaFTQ1_", "main.slow(Swift.Int) async -> Swift.Int"),
        ("$s4main4slowyS2iYaFTY2_.resume.0", "main.slow(Swift.Int) async -> Swift.Int"),
        (
            "$s10Foundation10FileHandleC011readToEndOfB21InBackgroundAndNotify8forModesySayAA7RunLoopC4ModeVGSg_tFyyYbcfU_TA",
            "closure #1 @Sendable () -> () in "
                + "Foundation.FileHandle.readToEndOfFileInBackgroundAndNotify(forModes: [Foundation.RunLoop.Mode]?) -> ()"
        ),
        (
            "$s20FoundationEssentials9_SwiftURLC34withUnsafeFileSystemRepresentationyxxSPys4Int8VGSgKXEKlFxAGKXEfU_yt_Tg5TA",
            "closure #1 (Swift.UnsafePointer<Swift.Int8>) throws -> A in FoundationEssentials._SwiftURL."
                + "withUnsafeFileSystemRepresentation<A>((Swift.UnsafePointer<Swift.Int8>?) throws -> A) throws -> A"
        ),
        (
            "$s10Foundation10FileHandleC5write10contentsOfyx_tK0A10Essentials12DataProtocolRzlFAF0H0V_Tg5",
            "Foundation.FileHandle.write<A where A: FoundationEssentials.DataProtocol>(contentsOf: A) throws -> ()"
        ),
        (
            "$s10Foundation10CGRectEdgeO8rawValueACSgs6UInt32V_tcfCTf4nd_n",
            "Foundation.CGRectEdge.init(rawValue: Swift.UInt32) -> Foundation.CGRectEdge?"
        ),
        (
            "$s20FoundationEssentials4DataVyACxcSTRzs5UInt8V7ElementRtzlufc8IteratorQz_SitSwXEfU1_0A06NSDataC_TG5",
            "closure #3 (Swift.UnsafeMutableRawBufferPointer) -> (A.Iterator, Swift.Int) in "
                + "FoundationEssentials.Data.init<A where A: Swift.Sequence, A.Element == Swift.UInt8>(A) -> "
                + "FoundationEssentials.Data"
        ),
        (
            "$sSBsE7exactlyxSgqd___tcSBRd__lufCqd__SdSgSdRszSBRd__r__lIetid_Tpq5",
            "(extension in Swift):Swift.BinaryFloatingPoint.init<A where A1: Swift.BinaryFloatingPoint>"
                + "(exactly: A1) -> A?"
        ),
        (
            "$sSa034_makeUniqueAndReserveCapacityIfNotB0yyFyXl_Ts5",
            "Swift.Array._makeUniqueAndReserveCapacityIfNotUnique() -> ()"
        ),
        ("$sScA15unownedExecutorScevgTj", "Swift.Actor.unownedExecutor.getter : Swift.UnownedSerialExecutor"),
        (
            "$s10Foundation17NSKeyedUnarchiverC21decodingFailurePolicyAA7NSCoderC08DecodingeF0OvsAfdHvsTV",
            "Foundation.NSKeyedUnarchiver.decodingFailurePolicy.setter : Foundation.NSCoder.DecodingFailurePolicy"
        ),
        (
            "$s10Foundation011_CFSwiftSetC5Value_5valueyyXl_yXltFTo",
            "Foundation._CFSwiftSetSetValue(_: Swift.AnyObject, value: Swift.AnyObject) -> ()"
        ),
        ("$sSo4freeyySvSgFTO", "__C.free(Swift.UnsafeMutableRawPointer?) -> ()"),
        ("$s10Foundation10FileHandleC011synchronizeB0yyFTm", "Foundation.FileHandle.synchronizeFile() -> ()"),
        ("$s4main3fooyyFTwb", "main.foo() -> ()"),
        ("$s4main3fooyyFTwB", "main.foo() -> ()"),
        ("$s4main1CC3fooyyFTE", "main.C.foo() -> ()"),
        (
            "$s10Foundation10FileHandleC18readabilityHandleryACYbcSgvM.resume.0Tm",
            "Foundation.FileHandle.readabilityHandler.modify : (@Sendable (Foundation.FileHandle) -> ())?"
        ),
        // Made by the compiler for no function of a person: the description stays.
        (
            "$sIeg_IeyB_TR",
            "reabstraction thunk helper from @escaping @callee_guaranteed () -> () to "
                + "@escaping @callee_unowned @convention(block) () -> ()"
        ),
        (
            "$s10Foundation10SocketPortC9SignatureVSgWOy", "outlined copy of Foundation.SocketPort.Signature?"
        ),
        (
            "$s10Foundation10FileHandleC011_nulldevicebC0_WZ",
            "one-time initialization function for _nulldeviceFileHandle"
        ),
        (
            "$s10Foundation01_A19NSNumberInitializerV0A10Essentials01_bC0AadEP10initialize5valueypSb_tFZTW",
            "protocol witness for static FoundationEssentials._NSNumberInitializer.initialize(value: Swift.Bool) -> Any "
                + "in conformance Foundation._FoundationNSNumberInitializer : "
                + "FoundationEssentials._NSNumberInitializer in Foundation"
        ),
    ]

    @Test("folds what the Swift compiler made of a function", arguments: swiftNames)
    func foldsSwiftNames(mangled: String, expected: String) {
        #expect(Demangler.name(for: mangled) == expected)
    }

    @Test("agrees with swift demangle on the names of a library")
    func agreesWithSwiftDemangle() throws {
        // The names of libswift_Concurrency, which no test process can do without: it is in the map.
        let maps = String(decoding: try ProcFile.bytes("/proc/self/maps"), as: UTF8.self)
        let line = maps.split(separator: "\n").first { $0.hasSuffix("/libswift_Concurrency.so") }
        guard let path = line?.split(separator: " ").last else {
            print("skipped: libswift_Concurrency is linked statically")
            return
        }
        let table = SymbolTable([try ElfImage(OpenFile(path: String(path)))])
        // Names with suffixes are demangled without them here, and with a remark there.
        let names = Set(table.symbols.map(\.name)).filter { $0.hasPrefix("$s") && !$0.contains(".") }.sorted()
        try #require(names.count > 1000)
        let output = try Toolchain.run(["swift-demangle", "--compact"], input: names.joined(separator: "\n") + "\n")
        let expected = output.split(separator: "\n")
        try #require(expected.count == names.count)
        var differences: [String] = []
        for (name, text) in zip(names, expected) {
            let got = Demangler.name(for: name)
            // Folding only takes away; what is left must be the end, but for thunks that dispatch to another function.
            if !text.hasSuffix(got) { differences.append("\(name): \(got) is not the end of \(text)") }
        }
        #expect(differences.isEmpty, "\(differences.prefix(20))")
    }

    @Test(
        "demangles C++",
        arguments: [
            ("_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)"),
            ("_ZN4llvm5Value7getTypeEv.cold", "llvm::Value::getType()"),
            ("_ZN5swift12AsyncTask3runEv.llvm.123456", "_ZN5swift12AsyncTask3runEv"),
            ("_ZN5swift9AsyncTask3runEv.llvm.123456", "swift::AsyncTask::run()"),
            (
                "_ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJPFvvEEEEEE6_M_runEv.part.0.isra.0",
                "std::thread::_State_impl<std::thread::_Invoker<std::tuple<void (*)()> > >::_M_run()"
            ),
        ])
    func demanglesCxx(mangled: String, expected: String) {
        #expect(Demangler.name(for: mangled) == expected)
    }

    @Test(
        "removes what compilers append",
        arguments: [
            ("sort.part.0.isra.0", "sort"), ("parse.cold", "parse"), ("parse.constprop.1.cold.2", "parse"),
            ("memcpy@@GLIBC_2.14", "memcpy"), ("read@GLIBC_2.2.5", "read"), ("handler.25", "handler"),
            ("inline.llvm.8812391023", "inline"), ("main.run", "main.run"), ("runtime.goexit", "runtime.goexit"),
            (".L42", ".L42"), (".cold", ".cold"), ("", ""), ("@", "@"), ("a.b.c", "a.b.c"), ("...", "..."),
        ])
    func removesSuffixes(symbol: String, expected: String) {
        #expect(CompilerSuffix.removed(from: symbol) == expected)
    }

    @Test("demangles Rust, both schemes")
    func demanglesRust() throws {
        let text = String(decoding: try FixtureFile.bytes("rust-names.txt"), as: UTF8.self)
        var count = 0
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            try #require(parts.count == 2)
            #expect(Demangler.name(for: String(parts[0])) == parts[1])
            count += 1
        }
        #expect(count > 200)
    }

    @Test(
        "leaves names alone that are not mangled",
        arguments: [
            "main", "_start", "_R", "_RR", "_Z", "$s", "_ZN", "_RNvC", "_RNvC3foo3ba", "_Rust_thing", "$sabc",
            "_ZN3foo17hE", "_RYYYYYYYYY", "_RNvB_3foo", "_RNvB99999_3foo", "_RC99999999999999999999a", "名前", "",
        ])
    func leavesOtherNames(name: String) {
        #expect(Demangler.name(for: name) == name)
    }

    @Test("bounds work and output of Rust names that refer back to themselves")
    func boundsRustNames() {
        // Every level repeats the one before twice: 2^n without a bound.
        var name = "_RINvC1a1fT"
        for _ in 0..<40 { name += "TB8_B8_E" }
        name += "EE"
        #expect(Demangler.name(for: name).utf8.count <= 32 << 10)
        #expect(Demangler.name(for: "_RNvC1a" + String(repeating: "T", count: 10_000)).utf8.count <= 11_000)
        let nested = "_RINvC1a1f" + String(repeating: "R", count: 15_000) + "uE"
        #expect(Demangler.name(for: nested) == nested)
    }

    @Test("survives damaged Rust names")
    func survivesDamagedRustNames() throws {
        let names = String(decoding: try FixtureFile.bytes("rust-names.txt"), as: UTF8.self).split(separator: "\n")
            .compactMap { $0.split(separator: "\t").first }
        var random = SeededGenerator(seed: 7)
        for _ in 0..<4000 {
            guard var bytes = names.randomElement(using: &random).map({ Array($0.utf8) }) else { continue }
            for _ in 0..<Int.random(in: 1...3, using: &random) where bytes.count > 4 {
                let index = Int.random(in: 2..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0x20..<0x7F, using: &random)
                case 1: bytes.removeLast(bytes.count - index)
                default: bytes.insert(contentsOf: bytes[index...].prefix(8), at: index)
                }
            }
            // C++'s demangler is not under test in this process.
            guard bytes.starts(with: "_R".utf8) else { continue }
            #expect(Demangler.name(for: String(decoding: bytes, as: UTF8.self)).utf8.count <= 32 << 10)
        }
    }
}
