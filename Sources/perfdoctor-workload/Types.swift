import Glibc

extension Workload {
    static let types = Workload(
        name: "types",
        summary: "one object of each kind that Swift puts on the heap; waits until its input is closed",
        answer: "each printed address holds an object of the printed type, as the runtime itself names it",
        options: []
    ) { _ in
        let gallery = Gallery()
        gallery.showClasses()
        gallery.showGenericClasses()
        gallery.showStorages()
        gallery.showElementTypes()
        gallery.showContexts()
        gallery.showConcurrency()
        gallery.showWhatIsNoObject()
        Truth.state("ready", "objects", gallery.count)
        while readLine() != nil {}
    }
}

/// Objects that live to the end of the program, each printed as `object <address> <type>`.
final class Gallery {
    private var kept: [Any] = []
    private(set) var count = 0

    /// An instance of a class, by the runtime's own name.
    func show(_ object: AnyObject) {
        print(Self.word(object), _typeName(type(of: object), qualified: true))
        kept.append(object)
    }

    /// The storage behind an array, a dictionary, a set, or another value that is one reference.
    func show<Value>(storageOf value: Value) {
        // SAFETY: whoever calls passes a value that consists of one reference to a native object.
        show(unsafe unsafeBitCast(value, to: AnyObject.self))
        kept.append(value)
    }

    /// The object that a word points to, of a type for which the runtime has no name.
    func show(word: UInt, as name: String, keeping value: Any) {
        print(word, name)
        kept.append(value)
    }

    private func print(_ word: UInt, _ name: String) {
        Truth.state(object: word, name)
        count += 1
    }

    private static func word(_ object: AnyObject) -> UInt {
        // SAFETY: a reference is one word.
        unsafe unsafeBitCast(object, to: UInt.self)
    }

    fileprivate func showWhatIsNoObject() {
        let words = 8
        for first in [0, 1, 0x7FFF_FFFF_FFFF_FFF8, UInt.max] {
            // SAFETY: `words` words are allocated, all of them are written, and they are never freed.
            let block = UnsafeMutablePointer<UInt>.allocate(capacity: words)
            unsafe block.initialize(repeating: first, count: words)
            show(word: UInt(bitPattern: block), as: "-", keeping: 0)
        }
        // SAFETY: as above.
        let block = UnsafeMutablePointer<UInt>.allocate(capacity: words)
        unsafe block.initialize(repeating: UInt(bitPattern: block), count: words)
        show(word: UInt(bitPattern: block), as: "-", keeping: 0)
        // SAFETY: four kibibytes, initialized by calloc and never freed.
        let zeros = unsafe calloc(512, 8)
        let pointer = UnsafeMutablePointer<UInt>.allocate(capacity: words)
        unsafe pointer.initialize(repeating: UInt(bitPattern: zeros) + 1024, count: words)
        show(word: UInt(bitPattern: pointer), as: "-", keeping: 0)
    }
}

// MARK: Classes

protocol Shape { var area: Int { get } }
protocol Named {
    associatedtype Name
    var name: Name { get }
}
protocol Live: AnyObject {}
struct Problem: Error { var code = 1 }
struct Square: Shape { var area: Int }
struct Landscape: Shape {
    var area: Int
    var more = (1, 2, 3, 4)
}

final class Plain {
    var value = 1
    var next: Plain?
    weak var owner: Plain?
    unowned let root: Root
    unowned(unsafe) let base: Root
    let shapes: [any Shape] = []
    let handler: (@Sendable (Int) -> Void)? = nil
    lazy var text = String(value)

    init(root: Root) {
        self.root = root
        unsafe self.base = root
    }
}
class Root: Live { var first: UInt8 = 0 }
class Branch: Root { var second = 2 }
final class Twig: Branch { var third: String = "" }
private class Hidden {}
private enum HiddenSpace { final class Inside {} }
enum Space { struct Deeper { final class Deepest {} } }
final class Größe {}
final class `class` {}
extension Int { final class Tag {} }
extension Root { final class Leaf {} }
@MainActor final class OnMain {}
struct Only<Value> { final class Held { var value: Value? } }

extension Gallery {
    fileprivate func showClasses() {
        let root = Root()
        show(Plain(root: root))
        show(root)
        show(Branch())
        show(Twig())
        show(Hidden())
        show(HiddenSpace.Inside())
        show(Space.Deeper.Deepest())
        show(Größe())
        show(`class`())
        show(Int.Tag())
        show(Root.Leaf())
        final class Local {}
        show(Local())
        final class LocalOther<Other> { var other: Other? }
        show(LocalOther<Bool>())
        let first = { () -> AnyObject in
            final class InClosure {}
            return InClosure()
        }
        show(first())
        show(Only<Int>.Held())
    }
}

// MARK: Generic classes

class Container<Value> {
    var value: Value?
    final class Nested {}
    final class Other<Second, Third> { var pair: (Value, Second, Third)? }
    struct Part { final class Piece {} }
}
final class IntContainer: Container<Int> {}
class ListContainer<Element>: Container<[Element]> { var last: Element? }
final class Sorted<Element: Comparable & Hashable> { var elements: [Element] = [] }
final class Keyed<Key: Hashable, Value> where Key: Comparable { var values: [Key: Value] = [:] }
final class Many<each Element> { var count = 0 }
final class ManyAfter<First, each Element> { var count = 0 }
final class Sized<let count: Int> {}
typealias NoElements = Many<>
typealias Negative = Sized<-7>
final class Owning<Value: ~Copyable> { var count = 0 }
final class Buffer: ManagedBuffer<Int, UInt8> {}
extension Array { final class Mark {} }
extension Array where Element == Int { final class IntMark {} }
extension Dictionary where Value: Comparable { final class Rank<Other> {} }
extension Container where Value: Comparable { final class Best {} }
struct Unique: ~Copyable {}
enum Phantom {}

extension Gallery {
    fileprivate func showGenericClasses() {
        show(Container<Int>())
        show(Container<String>())
        show(Container<Container<Container<Int>>>())
        show(Container<Plain>())
        show(Container<Hidden>())
        show(Container<Int>.Nested())
        show(Container<Int>.Other<String, Bool>())
        show(Container<Int>.Part.Piece())
        show(Container<Container<Int>.Other<String, Bool>>())
        show(IntContainer())
        show(ListContainer<Character>())
        show(Sorted<String>())
        show(Keyed<Int, Double>())
        show(Many<Int, String, Bool>())
        show(Many<Int>())
        show(NoElements())
        show(ManyAfter<Int, String, Int?>())
        show(Sized<4>())
        show(Negative())
        show(Owning<Unique>())
        show(Owning<Int>())
        show(Buffer.create(minimumCapacity: 4) { _ in 3 })
        show(ManagedBuffer<String, Int>.create(minimumCapacity: 4) { _ in "" })
        show([Bool].Mark())
        show([Int].IntMark())
        show([String: Int].Rank<UInt8>())
        show(Container<Int>.Best())
        show(Container<Phantom?>())
        show(Container<[String: [Int: Set<Double>]]>())
        show(Container<(Int, name: String, UInt8)>())
        show(Container<Only<Int>.Held.Type>())
        show(makeOpaque(in: Square(area: 1)))
    }
}

/// A container whose element type the caller cannot see.
private func makeOpaque(in square: Square) -> Container<some Shape> {
    let container = Container<Square>()
    container.value = square
    return container
}

// MARK: Storage of the standard library

typealias Consumer = (consuming Plain, borrowing Plain) -> Void
typealias Variadic = (inout Int, String...) throws -> Void
typealias Isolated = (isolated Worker) -> Void
typealias Sending = (sending Plain) -> sending Plain

extension Gallery {
    fileprivate func showStorages() {
        let number = count
        show(storageOf: [number, 2, 3])
        show(storageOf: ["a", String(number)])
        show(storageOf: [Plain(root: Root())])
        show(storageOf: [Root(), Branch()])
        show(storageOf: ContiguousArray([number]))
        show(storageOf: [String(number): number])
        show(storageOf: [number: Plain(root: Root())])
        show(storageOf: [String(number): { (value: Int) in value > number }])
        show(storageOf: Set([number]))
        show(storageOf: Set(["\(number)"]))
        show(storageOf: \Plain.value)
        show(storageOf: \Container<Int>.value)
        show(storageOf: \Square.area)
        show(storageOf: AnyIterator([number].makeIterator()))
        show(storageOf: AnySequence([number].lazy.map { $0 + number }))
        show(storageOf: AnyCollection([number: number]))
        show(storageOf: AnyIterator { number })
        let text = String(repeating: "perfdoctor ", count: number)
        // SAFETY: a native string is two words; the second is its storage below the four bits of the discriminator.
        let words = unsafe unsafeBitCast(text, to: (UInt, UInt).self)
        show(word: words.1 & 0x0FFF_FFFF_FFFF_FFFF, as: "Swift.__StringStorage", keeping: text)
    }

    fileprivate func showElementTypes() {
        showArray(of: Optional<Int>.self)
        showArray(of: Optional<Plain>.self)
        showArray(of: [Int].self)
        showArray(of: Any.self)
        showArray(of: AnyObject.self)
        showArray(of: Any.Type.self)
        showArray(of: AnyObject.Type.self)
        showArray(of: Int.Type.self)
        showArray(of: (any Shape).self)
        showArray(of: (any Shape.Type).self)
        showArray(of: (any Shape).Type.self)
        showArray(of: (any Shape & Named).self)
        showArray(of: (any Shape & Live).self)
        showArray(of: (any Root & Shape).self)
        showArray(of: (any AnyObject & Shape).self)
        showArray(of: (any Error).self)
        showArray(of: (any Error & Shape).self)
        showArray(of: (any Sendable).self)
        showArray(of: Optional<any Shape>.self)
        showArray(of: Optional<any Shape.Type>.self)
        showArray(of: (() -> Void).self)
        showArray(of: ((Int) -> Bool).self)
        showArray(of: ((Int, String) -> (Bool, UInt8)).self)
        showArray(of: (((Int) -> Bool) -> (Int) -> Void).self)
        showArray(of: Optional<(Int) -> Bool>.self)
        showArray(of: Variadic.self)
        showArray(of: Consumer.self)
        showArray(of: (@Sendable () async throws -> Int).self)
        showArray(of: (@MainActor () -> Void).self)
        showArray(of: (() throws(Problem) -> Void).self)
        showArray(of: (@isolated(any) () async -> Void).self)
        showArray(of: (@convention(c) (Int) -> Int).self)
        showArray(of: ((@autoclosure () -> Int) -> Void).self)
        showArray(of: Isolated.self)
        showArray(of: Sending.self)
        showArray(of: (Int, String).self)
        showArray(of: (name: String, size: Int).self)
        showArray(of: (Int, size: (Int, Int)).self)
        showArray(of: ((Int) -> Bool, any Shape).self)
        showArray(of: Void.self)
        showArray(of: Never.self)
        showArray(of: Result<Int, any Error>.self)
        showArray(of: ClosedRange<Int>.self)
        unsafe showArray(of: UnsafePointer<Int>.self)
        unsafe showArray(of: UnsafeMutableRawPointer.self)
        unsafe showArray(of: Unmanaged<Plain>.self)
        showArray(of: InlineArray<4, Int>.self)
        showArray(of: (any Sequence<Int>).self)
        showArray(of: (any Collection<String> & Shape).self)
        showArray(of: PartialKeyPath<Plain>.self)
        showArray(of: timespec.self)
        unsafe showArray(of: UnsafeMutablePointer<FILE>?.self)
        showArray(of: clockid_t.self)
        unsafe showArray(of: OpaquePointer.self)
        showArray(of: HiddenSpace.Inside.self)
        showArray(of: Task<Int, any Error>.self)
        showArray(of: AsyncStream<Int>.Continuation.self)
        showArray(of: ((Int) -> Bool).Type.self)
        showArray(of: (Int, Int).Type.self)
        showArray(of: Int.Type.Type.self)
        showArray(of: Any.Type.Type.self)
        showArray(of: Dictionary<String, Int>.Keys.self)
        showArray(of: LazyMapSequence<[Int], String>.self)
        showArray(of: SIMD4<Float>.self)
    }

    private func showArray<Element>(of type: Element.Type) {
        var array: [Element] = []
        array.reserveCapacity(4)
        show(storageOf: array)
    }
}

// MARK: Contexts of closures, boxes

/// A function as it is kept, without the thunk that a generic parameter would put around it.
private struct Held { var function: (Int) -> Int }
private struct HeldPlain { var function: () -> Void }
/// A value as it is kept: as an argument of its own, an existential would be opened.
private struct HeldValue<Value> { var value: Value }
indirect enum Tree {
    case leaf(Int)
    case branch(Tree, Tree)
    case name(String)
}

extension Gallery {
    fileprivate func showContexts() {
        let module = Self.module
        showClosure(makeClosure(Plain(root: Root()), count), "closure (Swift.Int, \(module).Plain)")
        showClosure(makeCounter(), "box of Swift.Int")
        showClosure(makeText(String(count)), "box of Swift.String")
        showClosure(
            makeMany([count], nil, Square(area: count), (1, "a")),
            "closure (Swift.Array<Swift.Int>, Swift.Optional<\(module).Plain>, \(module).Shape, (Swift.Int, Swift.String))"
        )
        showClosure(makeTwice { $0 + self.count }, "box of (Swift.Int) -> Swift.Int")
        showBox(of: 5, as: "box of Swift.Int")
        showBox(of: "five", as: "box of Swift.String")
        showBox(of: [Plain(root: Root())], as: "box of Swift.Array<\(module).Plain>")

        let error = HeldValue<any Error>(value: Problem(code: count))
        // SAFETY: an error is one reference.
        show(word: unsafe unsafeBitCast(error, to: UInt.self), as: "error", keeping: error)
        let shape = HeldValue<any Shape>(value: Landscape(area: count))
        // SAFETY: the container of a value with one protocol is five words; a value of five words is in a box.
        let words = unsafe unsafeBitCast(shape, to: (UInt, UInt, UInt, UInt, UInt).self)
        show(word: words.0, as: "box of \(module).Landscape", keeping: shape)
        let tree = makeTree(count)
        // SAFETY: an indirect case is a reference with the case's number in bits that addresses do not use.
        let word = unsafe unsafeBitCast(tree, to: UInt.self) & 0x0000_FFFF_FFFF_FFF8
        show(word: word, as: "box of (\(module).Tree, \(module).Tree)", keeping: tree)
    }

    private static var module: String {
        String(_typeName(Plain.self, qualified: true).prefix { $0 != "." })
    }

    private func showClosure(_ function: @escaping (Int) -> Int, _ name: String) {
        // SAFETY: a function is its code and its context.
        let words = unsafe unsafeBitCast(Held(function: function), to: (UInt, UInt).self)
        show(word: words.1, as: name, keeping: function)
    }

    @inline(never) @_optimize(none)
    private func makeClosure(_ plain: Plain, _ number: Int) -> (Int) -> Int {
        { $0 + number + plain.value }
    }

    @inline(never) @_optimize(none)
    private func makeCounter() -> (Int) -> Int {
        var total = 0
        return {
            total += $0
            return total
        }
    }

    @inline(never) @_optimize(none)
    private func makeText(_ initial: String) -> (Int) -> Int {
        var text = initial
        return {
            text += String($0)
            return text.count
        }
    }

    @inline(never) @_optimize(none)
    private func makeMany(_ list: [Int], _ plain: Plain?, _ shape: any Shape, _ pair: (Int, String)) -> (Int) -> Int {
        { $0 + list.count + (plain?.value ?? 0) + shape.area + pair.0 + pair.1.count }
    }

    @inline(never) @_optimize(none)
    private func makeTwice(_ function: @escaping (Int) -> Int) -> (Int) -> Int {
        { function(function($0)) }
    }

    @inline(never) @_optimize(none)
    private func makeTree(_ number: Int) -> Tree {
        .branch(.leaf(number), .leaf(2))
    }

    @inline(never) @_optimize(none) @_semantics("optimize.sil.specialize.generic.never")
    private func showBox<Value>(of initial: Value, as name: String) {
        var value = initial
        let function = {
            let other = value
            value = other
        }
        // SAFETY: a function is its code and its context; the context of this one is an object's two words, the type
        // that `Value` stands for, and the box of the variable.
        let words = unsafe unsafeBitCast(HeldPlain(function: function), to: (UInt, UInt).self)
        show(word: words.1, as: "closure (box of A)", keeping: function)
        guard let context = unsafe UnsafePointer<UInt>(bitPattern: words.1) else { return }
        show(word: unsafe context[3], as: name, keeping: function)
    }
}

// MARK: Concurrency

actor Worker {
    var jobs: [Int] = []
    actor Assistant {}
}
actor Crew<Member> { var members: [Member] = [] }

extension Gallery {
    fileprivate func showConcurrency() {
        show(Worker())
        show(Worker.Assistant())
        show(Crew<String>())
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let task = Task { () -> Int in
            var sum = 0
            for await value in stream { sum += value }
            return sum
        }
        // SAFETY: a task's handle is a reference to the task.
        show(word: unsafe unsafeBitCast(task, to: UInt.self), as: "task", keeping: (task, continuation))
    }
}
