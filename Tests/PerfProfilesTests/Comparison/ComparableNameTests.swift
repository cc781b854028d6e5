import PerfProfiles
import Testing

@Suite("Comparable names") struct ComparableNameTests {
    @Test(
        "are equal for what compilers number or invent anew",
        arguments: [
            ("closure #1 (Swift.Int) -> () in App.run() -> ()", "closure #2 (Swift.Int) -> () in App.run() -> ()"),
            (
                "App.(parse in _A8F28B87B6B3D5A26FE4764D98173686)(_: Swift.Int) -> ()",
                "App.(parse in _61221851101BC4AB011D3F1F0C1E5E11)(_: Swift.Int) -> ()"
            ),
            (
                "generic specialization <Swift.Int> of App.sum<A>(A) -> A",
                "generic specialization <Swift.String, Swift.Int> of App.sum<A>(A) -> A"
            ),
            (
                "function signature specialization <Arg[0] = Owned To Guaranteed> of generic specialization <X> of App.f()",
                "App.f()"
            ),
            ("specialized App.f()", "App.f()"), ("merged App.f()", "App.f()"),
            ("(2) suspend resume partial function for App.load() async -> ()", "App.load() async -> ()"),
            (
                "(1) await resume partial function for closure #3 in App.load()",
                "(4) await resume partial function for closure #1 in App.load()"
            ),
            ("parse.cold", "parse"), ("parse.part.0", "parse.constprop.1.isra.0"),
            ("parse [clone .cold.7]", "parse"), ("f.llvm.1234567", "f"),
            ("core::fmt::write::h0123456789abcdef", "core::fmt::write::hfedcba9876543210"),
            ("libc.so.6+0x1234", "libc.so.6+0x99"), ("0x7f001234", "0x55aa"),
            ("main::{lambda(int)#1}::operator()", "main::{lambda(int)#2}::operator()"),
        ])
    func equal(left: String, right: String) {
        #expect(ComparableName.of(left) == ComparableName.of(right))
    }

    @Test(
        "differ for different functions",
        arguments: [
            ("App.f()", "App.g()"), ("closure #1 in App.f()", "closure #1 in App.g()"),
            ("libc.so.6+0x12", "libm.so.6+0x12"), ("f(x in y)", "f(z)"), ("a.b", "a"), ("operator<", "operator>"),
            ("generic specialization <Swift.Int> of f", "generic specialization <Swift.Int> of g"),
        ])
    func different(left: String, right: String) {
        #expect(ComparableName.of(left) != ComparableName.of(right))
    }

    @Test("survive any text (fixed seed)")
    func hostile() {
        let parts = [
            "(", ")", " in _", "0123456789abcdef", "#", "1", "generic specialization <", "> of ", ".", "0x", "+", "::h",
            " partial function for ", "(1) await resume", "", "é", "\u{0}", "cold", " [clone ",
        ]
        var state: UInt64 = 7
        for _ in 0..<4_000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += parts[Int((state >> 33) % UInt64(parts.count))]
            }
            #expect(ComparableName.of(text).utf8.count <= text.utf8.count + 3)
        }
    }
}
