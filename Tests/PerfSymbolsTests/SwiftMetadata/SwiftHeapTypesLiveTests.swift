import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@Suite("Swift heap types, live", .serialized, .timeLimit(.minutes(15)))
struct SwiftHeapTypesLiveTests {
    @Test("names every object as the runtime of the process does", arguments: TypesWorkload.variants)
    func names(variant: String) throws {
        let workload = try TypesWorkload(variant)
        var types = SwiftHeapTypes(memory: workload.memory, mapped: try workload.mapped())
        #expect(workload.objects.count > 140)
        for object in workload.objects {
            let type = types.type(ofFirstWord: try workload.firstWord(of: object))
            #expect(type?.runtimeName ?? "-" == object.name)
        }
    }

    @Test("needs no list of mapped ranges")
    func unmapped() throws {
        let workload = try TypesWorkload(TypesWorkload.variants[0])
        var types = SwiftHeapTypes(memory: workload.memory)
        for object in workload.objects {
            let type = types.type(ofFirstWord: try workload.firstWord(of: object))
            #expect(type?.runtimeName ?? "-" == object.name)
        }
    }

    @Test("reads less often than it is asked, and not at all what it knows")
    func reads() throws {
        let workload = try TypesWorkload(TypesWorkload.variants[0])
        var types = SwiftHeapTypes(memory: workload.memory, mapped: try workload.mapped())
        let words = try workload.objects.map { try workload.firstWord(of: $0) }
        for word in words { _ = types.type(ofFirstWord: word) }
        let count = types.readCount
        #expect(count < words.count)
        for word in words { _ = types.type(ofFirstWord: word) }
        #expect(types.readCount == count)
        types.refresh()
        for word in words { _ = types.type(ofFirstWord: word) }
        // Only what was no type is looked at again.
        #expect(types.readCount < count + 10)
    }

    @Test("tells kinds and sizes")
    func kinds() throws {
        let workload = try TypesWorkload(TypesWorkload.variants[0])
        var types = SwiftHeapTypes(memory: workload.memory, mapped: try workload.mapped())
        func type(_ name: String) throws -> SwiftHeapType {
            let found = types.type(ofObjectAt: try workload.object(name).address)
            return try #require(found)
        }
        #expect(try type(".Branch").kind == .object)
        #expect(try type(".Branch").instanceSize == 32)
        #expect(try type("._ContiguousArrayStorage<Swift.Int>").kind == .arrayStorage)
        #expect(try type("._DictionaryStorage<Swift.String, Swift.Int>").kind == .dictionaryStorage)
        #expect(try type("._SetStorage<Swift.Int>").kind == .setStorage)
        #expect(try type(".__StringStorage").kind == .stringStorage)
        #expect(try type("box of Swift.Int").kind == .box)
        #expect(try type("closure (box of A)").kind == .closure)
        #expect(try type("task").kind == .task)
        #expect(try type("error").kind == .error)
        #expect(try type("error").name.hasSuffix(".Problem"))
        let optionals = try type("._ContiguousArrayStorage<Swift.Optional<Swift.Int>>")
        #expect(optionals.name == "Swift._ContiguousArrayStorage<Swift.Int?>")
        let hidden = try type(".Hidden")
        #expect(!hidden.name.contains("unknown context"))
        #expect(hidden.name.hasSuffix(".Hidden"))
    }

    @Test("knows fields, where they are and how they refer", arguments: TypesWorkload.variants)
    func fields(variant: String) throws {
        let workload = try TypesWorkload(variant)
        var types = SwiftHeapTypes(memory: workload.memory, mapped: try workload.mapped())
        func fields(_ name: String) throws -> [SwiftField] {
            let found = types.type(ofObjectAt: try workload.object(name).address)
            return types.fields(of: try #require(found))
        }
        let plain = try fields(".Plain")
        #expect(
            plain.map(\.name) == [
                "value", "next", "owner", "root", "base", "shapes", "handler", "$__lazy_storage_$_text",
            ])
        #expect(plain.map(\.offset) == [16, 24, 32, 40, 48, 56, 64, 80])
        #expect(plain.map(\.ownership) == [.strong, .strong, .weak, .unowned, .unmanaged, .strong, .strong, .strong])
        #expect(plain.map(\.isVariable) == [true, true, true, false, false, false, false, true])
        #expect(plain[0].typeName == "Swift.Int")
        #expect(plain[2].typeName.hasSuffix(".Plain?"))
        #expect(plain[6].typeName == "(@Sendable (Swift.Int) -> ())?")
        #expect(plain[7].typeName == "Swift.String?")

        let twig = try fields(".Twig")
        #expect(twig.map(\.name) == ["first", "second", "third"])
        #expect(twig.map(\.offset) == [16, 24, 32])
        #expect(twig.map { $0.declaredIn.split(separator: ".").last } == ["Root", "Branch", "Twig"])

        let list = try fields("ListContainer<Swift.Character>")
        #expect(list.map(\.typeName) == ["[Swift.Character]?", "Swift.Character?"])
        #expect(list.map(\.offset) == [16, 24])
        #expect(try fields("box of Swift.Int").isEmpty)
    }

    @Test("survives metadata in which bytes are wrong")
    func mutations() throws {
        let workload = try TypesWorkload(TypesWorkload.variants[0])
        let recording = RecordedMemory(source: workload.memory)
        let mapped = try workload.mapped()
        var types = SwiftHeapTypes(memory: recording, mapped: mapped)
        let words = try workload.objects.map { try workload.firstWord(of: $0) }
        for word in words {
            if let type = types.type(ofFirstWord: word) { _ = types.fields(of: type) }
        }
        var generator = SeededGenerator(seed: 0x7E57)
        var found = 0
        for round in 0..<60 {
            let memory = recording.mutated(oneIn: round % 2 == 0 ? 40 : 400, using: &generator)
            var types = SwiftHeapTypes(memory: memory, mapped: round % 3 == 0 ? nil : mapped)
            for word in words {
                guard let type = types.type(ofFirstWord: word) else { continue }
                found += 1
                #expect(type.runtimeName.utf8.count < 10_000)
                #expect(types.fields(of: type).count <= 8192)
            }
        }
        // Else the fuzz would not reach what is behind the first look.
        #expect(found > words.count)
    }
}
