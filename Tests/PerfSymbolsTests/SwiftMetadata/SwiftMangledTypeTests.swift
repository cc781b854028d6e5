import PerfModel
import PerfSymbols
import Testing

@Suite("Mangled types in metadata")
struct SwiftMangledTypeTests {
    private static let base: UInt64 = 0x7F00_0000_0000

    /// What a box of the type is called.
    private func name(_ mangled: [UInt8]) -> String? {
        var image = MetadataImage(start: Self.base)
        let metadata = image.addBox(mangled: mangled)
        var types = SwiftHeapTypes(memory: image.memory)
        return types.type(ofFirstWord: metadata)?.runtimeName
    }

    static let types: [(mangled: String, text: String)] = [
        ("Si", "Swift.Int"),
        ("SiSg", "Swift.Optional<Swift.Int>"),
        ("SaySiG", "Swift.Array<Swift.Int>"),
        ("SDySSSaySiGG", "Swift.Dictionary<Swift.String, Swift.Array<Swift.Int>>"),
        ("Si_SSt", "(Swift.Int, Swift.String)"),
        ("Si4left_SS5rightt", "(left: Swift.Int, right: Swift.String)"),
        ("yt", "()"),
        ("ypXp", "Any.Type"),
        ("yp", "Any"),
        ("yXl", "Swift.AnyObject"),
        ("s5Error_p", "Swift.Error"),
        ("SH_SLp", "Swift.Hashable & Swift.Comparable"),
        ("4main4NodeC", "main.Node"),
        ("4main5OuterC5InnerV", "main.Outer.Inner"),
        ("4main5OuterC5InnerVySi_SSG", "main.Outer<Swift.Int>.Inner<Swift.String>"),
        ("4main4NodeC_AC5ChildCt", "(main.Node, main.Node.Child)"),
        ("4main9TreeThingC_AA0B4NodeCt", "(main.TreeThing, main.TreeNode)"),
        ("S2i_S2itc", "(Swift.Int, Swift.Int, Swift.Int) -> Swift.Int"),
        ("SbSic", "(Swift.Int) -> Swift.Bool"),
        ("yycSg", "Swift.Optional<() -> ()>"),
        ("yyYaYbKc", "@Sendable () async throws -> ()"),
        ("SiSiXC", "@convention(c) (Swift.Int) -> Swift.Int"),
        ("Sim", "Swift.Int.Type"),
        ("SiSizc", "(inout Swift.Int) -> Swift.Int"),
        ("x", "A"),
        ("q_", "B"),
        ("qd__", "A1"),
        ("Bo", "Builtin.NativeObject"),
        ("Bi64_", "Builtin.Int64"),
        ("4main009Gre_GkaIiC", "main.Größe"),
        ("So8timespecV", "__C.timespec"),
        ("4main4Node33_0123456789ABCDEF0123456789ABCDEFLLC", "main.(Node in _0123456789ABCDEF0123456789ABCDEF)"),
    ]

    @Test("are read as the demangler reads them", arguments: types)
    func reading(mangled: String, text: String) throws {
        var image = MetadataImage(start: Self.base)
        let metadata = image.addBox(mangled: [UInt8](mangled.utf8))
        var types = SwiftHeapTypes(memory: image.memory)
        let found = types.type(ofFirstWord: metadata)
        let type = try #require(found)
        #expect(type.runtimeName == "box of " + text)
        #expect(type.name == "box of " + Demangler.name(for: "$s" + mangled + "D"))
    }

    @Test(
        "of captured values leave out what only the compiler needs",
        arguments: [
            ("SiIegd_", "() -> Swift.Int"), ("S2iIegyd_", "(Swift.Int) -> Swift.Int"),
            ("SSs5Error_pIeghHozo_", "@Sendable () async throws -> Swift.String"), ("SiXb", "box of Swift.Int"),
            ("Siz_Xx", "box of Swift.Int"), ("xz_x_lXX", "box of A"), ("SSSgXw", "Swift.Optional<Swift.String>"),
        ])
    func lowered(mangled: String, text: String) {
        #expect(name([UInt8](mangled.utf8)) == "box of " + text)
    }

    @Test(
        "are unknown where they make no sense", arguments: ["", "G", "4mai", "9", "A9_", "Sa", "SiSi", "ZZ", "0", "I"])
    func nonsense(mangled: String) {
        let result = name([UInt8](mangled.utf8))
        #expect(result == "box of _" || mangled == "Sa" && result == "box of Swift.Array")
    }

    @Test("survive noise of the letters that they are made of")
    func noise() {
        let letters = [UInt8]("ABCDEGIKLPQRSTVXYZ_abcdghilmnopqrstwxyz0123456789".utf8) + [1, 2, 3, 9, 0xFF, 0x1E]
        var generator = SeededGenerator(seed: 7)
        var understood = 0
        for _ in 0..<40_000 {
            let count = Int.random(in: 1..<12, using: &generator)
            let mangled = (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] }
            if let name = name(mangled), name != "box of _" { understood += 1 }
        }
        #expect(understood > 100)
    }

    @Test("survive changes of one byte", arguments: types)
    func changes(mangled: String, text: String) {
        let bytes = [UInt8](mangled.utf8)
        for index in bytes.indices {
            for value in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = value
                _ = name(changed)
            }
        }
    }
}
