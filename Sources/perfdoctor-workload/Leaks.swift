import Glibc

extension Workload {
    static let leaks = Workload(
        name: "leaks",
        summary: "objects that nothing refers to any more, of every kind, beside objects that are hard to see and live",
        answer: "as many objects of each printed type leak, and nothing else; waits until its input is closed, or ends",
        options: [.init("wait", 1, "whether to wait; 0 to end")]
    ) { settings in
        leakAll()
        let survivors = Survivors()
        clearStack()
        Truth.state("ready", "leaks", 1)
        if settings["wait"] != 0 { while readLine() != nil {} }
        survivors.use()
    }

    @inline(never)
    private static func leakAll() {
        for _ in 0..<20 { leakPair() }
        for _ in 0..<5 { leakTriangle() }
        leakRing(of: 100)
        for _ in 0..<10 { leakModel() }
        for _ in 0..<6 { leakCapturingModel(7) }
        for _ in 0..<4 { hide(Controller()) }
        for _ in 0..<3 { leakUnbalanced() }
        for _ in 0..<8 { leakBlock() }
        for _ in 0..<7 { leakHeldWeakly() }
        for _ in 0..<7 { leakHeldUnowned() }
        for (type, count) in [
            ("PairA", 20), ("PairB", 20), ("Corner", 15), ("RingNode", 100), ("Model", 10), ("CapturingModel", 6),
            ("Controller", 4), ("Table", 4), ("Unbalanced", 3), ("HeldWeakly", 7), ("HeldUnowned", 7), ("block", 8),
        ] { Truth.state("leaked", type, count) }
    }

    /// What calls that have returned left on the stack.
    @inline(never)
    private static func clearStack() {
        // SAFETY: all of the room is written to.
        unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { room in
            unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
            hide(unsafe room[17])
        }
    }
}

/// Keeps the compiler from seeing what becomes of a value.
@_optimize(none)
@inline(never)
func hide<Value>(_ value: Value) {}

final class PairA {
    var child: PairB?
    var bytes = [UInt8](repeating: 1, count: 100)
}
final class PairB {
    var parent: PairA?
    weak var observer: PairA?
}
final class Corner { var next: Corner? }
final class RingNode {
    var next: RingNode?
    weak var previous: RingNode?
}
final class Model {
    var changed: (() -> Void)?
    var value = 7
}
final class CapturingModel {
    var changed: (() -> Int)?
    var value = 7
}
protocol TableDelegate: AnyObject {}
final class Table { var delegate: (any TableDelegate)? }
final class Controller: TableDelegate {
    let table = Table()
    init() { table.delegate = self }
}
final class Unbalanced { var text = [1, 2, 3] }
final class HeldWeakly { var me: HeldWeakly? }
final class HeldUnowned { var me: HeldUnowned? }
struct WeakBox { weak var object: HeldWeakly? }
struct UnownedBox { unowned var object: HeldUnowned }
nonisolated(unsafe) private var weakly: [WeakBox] = []
nonisolated(unsafe) private var unownedly: [UnownedBox] = []

@inline(never)
private func leakPair() {
    let (a, b) = (PairA(), PairB())
    (a.child, b.parent, b.observer) = (b, a, a)
    hide(a)
}

@inline(never)
private func leakTriangle() {
    let corners = (Corner(), Corner(), Corner())
    (corners.0.next, corners.1.next, corners.2.next) = (corners.1, corners.2, corners.0)
    hide(corners.0)
}

@inline(never)
private func leakRing(of count: Int) {
    let first = RingNode()
    var last = first
    for _ in 1..<count {
        let node = RingNode()
        (last.next, node.previous) = (node, last)
        last = node
    }
    last.next = first
    hide(first)
}

@inline(never)
private func leakModel() {
    let model = Model()
    model.changed = { model.value += 1 }
    model.changed?()
}

@inline(never)
private func leakCapturingModel(_ step: Int) {
    let model = CapturingModel()
    model.changed = { model.value + step }
    hide(model.changed?() ?? 0)
}

@inline(never)
private func leakUnbalanced() {
    // SAFETY: it is never released.
    unsafe hide(Unmanaged.passRetained(Unbalanced()).toOpaque())
}

@inline(never)
private func leakBlock() {
    // SAFETY: a hundred bytes are allocated and written, and never freed.
    guard let block = unsafe malloc(100) else { return }
    unsafe memset(block, 1, 100)
    // No such file is open; but the compiler has to believe that somebody looks at the block.
    _ = unsafe write(-1, block, 100)
}

@inline(never)
private func leakHeldWeakly() {
    let object = HeldWeakly()
    object.me = object
    unsafe weakly.append(WeakBox(object: object))
}

@inline(never)
private func leakHeldUnowned() {
    let object = HeldUnowned()
    object.me = object
    unsafe unownedly.append(UnownedBox(object: object))
}

// MARK: what lives

final class First { var value = 1 }
final class Second { var value = 2 }
final class Third { var value = 3 }
final class Fourth { var value = 4 }
final class Fifth { var value = 5 }
/// Which of them it is stands in bits that addresses do not use.
enum OneOfFive {
    case first(First)
    case second(Second)
    case third(Third)
    case fourth(Fourth)
    case fifth(Fifth)
}
indirect enum FamilyTree {
    case leaf(First)
    case node(FamilyTree, FamilyTree)
}
final class HeldByC { var value = 1 }
final class HeldByMapping { var value = 1 }
final class HeldByThread { var value = 1 }
final class HeldByStack { var value = 1 }
final class HeldByTask { var value = 1 }
final class Owner { var part: Part? }
final class Part {
    unowned let owner: Owner
    init(_ owner: Owner) { self.owner = owner }
}
actor Counter {
    private var objects: [First] = []
    func add() { objects.append(First()) }
}

nonisolated(unsafe) private var cTable: UnsafeMutablePointer<UnsafeRawPointer?>?
nonisolated(unsafe) private var mapping: UnsafeMutableRawPointer?
nonisolated(unsafe) private var key = pthread_key_t()
nonisolated(unsafe) private var resume: CheckedContinuation<Void, Never>?

/// Objects that live, and that a search for leaks may miss the references of.
final class Survivors {
    private var choices: [OneOfFive] = []
    private var anything: [Any] = []
    private var objects: [AnyObject] = []
    private var dictionary: [String: First] = [:]
    private var set: Set<String> = []
    private var tree = FamilyTree.node(.leaf(First()), .node(.leaf(First()), .leaf(First())))
    private let counter = Counter()
    private var task: Task<Void, Never>?

    init() {
        for index in 0..<50 {
            choices += [
                .first(First()), .second(Second()), .third(Third()), .fourth(Fourth()), .fifth(Fifth()),
            ]
            anything += [
                First(), "a text of its own that is no literal, number \(index)", (index, Second()), [Third()],
            ]
            objects += [Fourth(), Fifth()]
            dictionary["a key of its own that is no literal, number \(index)"] = First()
            set.insert("an element of its own that is no literal, number \(index)")
        }
        let owner = Owner()
        owner.part = Part(owner)
        objects.append(owner)
        holdByC()
        holdByMapping()
        holdByThread()
        holdByTask()
    }

    @inline(never)
    private func holdByC() {
        // SAFETY: room for four addresses, which are all written.
        let table = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: 4)
        for index in 0..<4 {
            unsafe (table + index).initialize(to: UnsafeRawPointer(Unmanaged.passRetained(HeldByC()).toOpaque()))
        }
        unsafe cTable = table
    }

    @inline(never)
    private func holdByMapping() {
        // SAFETY: a page of its own, of which the first words are written.
        let page = unsafe mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let page = unsafe page, unsafe page != MAP_FAILED else { return }
        unsafe page.storeBytes(of: UInt(bitPattern: Unmanaged.passRetained(HeldByMapping()).toOpaque()), as: UInt.self)
        unsafe mapping = page
    }

    /// A thread that sleeps, with an object that its key holds and one that its stack holds.
    @inline(never)
    private func holdByThread() {
        unsafe pthread_key_create(&key, nil)
        var thread = pthread_t()
        // SAFETY: the thread needs nothing of ours; it sleeps until the program ends.
        unsafe pthread_create(
            &thread, nil,
            { _ in
                unsafe pthread_setspecific(key, Unmanaged.passRetained(HeldByThread()).toOpaque())
                let held = HeldByStack()
                while true { sleep(1000) }
                hide(held)
                return nil
            }, nil)
        // Until it sleeps.
        usleep(100_000)
    }

    @inline(never)
    private func holdByTask() {
        let counter = counter
        task = Task {
            let held = HeldByTask()
            await counter.add()
            // Nobody ends it before the program ends.
            await withCheckedContinuation { continuation in unsafe resume = continuation }
            hide(held)
        }
        usleep(100_000)
    }

    func use() {
        // What is only written to would not be kept.
        unsafe hide(cTable)
        unsafe hide(mapping)
        hide(self)
    }
}
