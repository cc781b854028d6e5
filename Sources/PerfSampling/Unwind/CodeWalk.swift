/// Reads a function's frame from its instructions, for functions without unwind information.
///
/// Two ways: from the function's start to the instruction, which needs to know the start; or from the instruction to
/// a `ret`, which needs nothing. Both follow jumps, so that early exits and blocks moved behind the end are seen with
/// the stack they have. Both are bounded.
struct CodeWalk {
    /// The function, or what can be had around the instruction.
    let code: [UInt8]

    private static let mostInstructions = 20_000
    fileprivate static let rbp = 5

    /// Distances below the CFA; nil when not known.
    private struct State {
        var stackDepth: Int64? = 8
        var frameDepth: Int64?
        var saved = InlineArray<16, Int64>(repeating: 0)

        var row: FrameRow? {
            var row: FrameRow
            if let stackDepth {
                row = FrameRow(base: .stackPointer, offset: stackDepth)
            } else if let frameDepth {
                row = FrameRow(base: .framePointer, offset: frameDepth)
            } else {
                return nil
            }
            row.saved = saved
            return row
        }

        mutating func apply(_ effect: Instruction.Effect) {
            switch effect {
            case .push(let register):
                stackDepth = stackDepth.map { $0 + 8 }
                // The first push saves what the caller had; later ones pass arguments.
                if let register, let stackDepth, Self.isPreserved(register), saved[Int(register)] == 0 {
                    saved[Int(register)] = stackDepth
                }
            case .pop(let register):
                if let register, let stackDepth, saved[Int(register)] == stackDepth { saved[Int(register)] = 0 }
                if register == UInt8(CodeWalk.rbp) { frameDepth = nil }
                stackDepth = stackDepth.map { $0 - 8 }
            case .addToStackPointer(let value):
                stackDepth = stackDepth.map { $0 &- value }
            case .setFramePointer(let offset):
                frameDepth = stackDepth.map { $0 &- offset }
            case .setStackPointer(let offset):
                stackDepth = frameDepth.map { $0 &- offset }
            case .loseStackPointer: stackDepth = nil
            case .leave:
                stackDepth = frameDepth.map { $0 - 8 }
                frameDepth = nil
                saved[CodeWalk.rbp] = 0
            case .none, .call, .return, .jump, .branch, .indirectJump, .tailCall, .stop: break
            }
        }

        /// rbx, rbp, r12 to r15.
        private static func isPreserved(_ register: UInt8) -> Bool {
            register == 3 || register == 5 || (12...15).contains(register)
        }
    }

    /// The frame at `target`, with the function starting at the first byte.
    ///
    /// - Parameters:
    ///   - target: offset of the instruction; that behind a call unless `isExact`.
    ///   - isExact: the thread stands at `target`, as opposed to: it returns there.
    /// - Returns: nil when the code cannot be followed.
    func rowFromStart(target: Int, isExact: Bool) -> FrameRow? {
        var visited = [Bool](repeating: false, count: code.count + 1)
        var pending: [(position: Int, state: State)] = [(0, State())]
        var ofJumpTable: State?
        var ofBody: State?
        var left = Self.mostInstructions
        while var (position, state) = pending.popLast() {
            path: while left > 0, position >= 0, position < code.count, !visited[position] {
                if isExact, position == target { return state.row }
                visited[position] = true
                left -= 1
                guard let instruction = Instruction(code, at: position) else { break path }
                let next = position + instruction.length
                if instruction.effect == .call {
                    if !isExact, next == target { return state.row }
                    if (state.stackDepth ?? 0) >= (ofBody?.stackDepth ?? 0) { ofBody = state }
                }
                state.apply(instruction.effect)
                switch instruction.effect {
                case .return, .stop, .tailCall: break path
                case .indirectJump:
                    ofJumpTable = state
                    break path
                case .jump(let distance): position = Self.target(next, distance)
                case .branch(let distance):
                    pending.append((Self.target(next, distance), state))
                    position = next
                default: position = next
                }
            }
        }
        // Only a table leads there, or a landing pad: the body's frame, as at the jump.
        return ofJumpTable?.row ?? ofBody?.row
    }

    /// The frame at `start`, from the way back to the caller.
    ///
    /// - Parameters:
    ///   - start: offset of the instruction that runs next.
    ///   - isWhole: `code` ends where the function ends, so that a jump out of it is a tail call.
    /// - Returns: nil when no `ret` is found.
    func rowToReturn(from start: Int, isWhole: Bool) -> FrameRow? {
        struct Path {
            var position: Int
            var base = FrameRow.Base.stackPointer
            /// rsp - base.
            var offset: Int64? = 0
            var popped: [(register: UInt8, at: Int64)] = []
        }
        var visited = [Bool](repeating: false, count: code.count + 1)
        var pending = [Path(position: start)]
        var left = Self.mostInstructions / 10
        while var path = pending.popLast() {
            while left > 0, path.position >= 0, path.position < code.count, !visited[path.position] {
                visited[path.position] = true
                left -= 1
                guard let instruction = Instruction(code, at: path.position) else { break }
                path.position += instruction.length
                var isLeaving = false
                switch instruction.effect {
                case .push: path.offset = path.offset.map { $0 - 8 }
                case .pop(let register):
                    if let register, let offset = path.offset { path.popped.append((register, offset)) }
                    path.offset = path.offset.map { $0 + 8 }
                case .addToStackPointer(let value): path.offset = path.offset.map { $0 &+ value }
                case .setFramePointer: path.offset = nil
                case .setStackPointer(let offset):
                    path.base = .framePointer
                    path.offset = offset
                    path.popped = []
                case .loseStackPointer: path.offset = nil
                case .leave:
                    path.base = .framePointer
                    path.offset = 8
                    path.popped = [(UInt8(Self.rbp), 0)]
                case .return, .tailCall: isLeaving = true
                case .jump(let distance):
                    path.position = Self.target(path.position, distance)
                    isLeaving = isWhole && (path.position < 0 || path.position >= code.count)
                case .branch(let distance):
                    var other = path
                    other.position = Self.target(path.position, distance)
                    pending.append(other)
                case .indirectJump, .stop: path.position = -1
                case .none, .call: break
                }
                guard isLeaving else { continue }
                guard let offset = path.offset else { break }
                // What a stub pushes for the dynamic linker stands below the return address.
                let end = (instruction.effect == .tailCall ? max(offset, 0) : offset) + 8
                var row = FrameRow(base: path.base, offset: end)
                for (register, position) in path.popped { row.saved[Int(register)] = end - position }
                return row
            }
        }
        return nil
    }

    private static func target(_ next: Int, _ distance: Int64) -> Int {
        Int(truncatingIfNeeded: Int64(next) &+ distance)
    }
}
