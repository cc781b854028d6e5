import PerfHost
import PerfModel
import Testing

@testable import PerfReports

@Suite("Watch state") struct WatchStateTests {
    private func pids(_ state: WatchState) -> [Int32] { state.rows.map(\.pid) }

    @Test("sorts by each key, and s takes the next")
    func sorting() throws {
        var state = try WatchScene.state(windows: 4)
        #expect(pids(state) == [812, 900, 901, 1])
        #expect(state.press(.character("m")) == nil)
        #expect(pids(state) == [900, 812, 1, 901])
        #expect(state.press(.character("i")) == nil)
        #expect(pids(state).first == 812)
        for order in [ProcessOrder.faults, .waits, .cpu, .memory] {
            #expect(state.press(.character("s")) == nil)
            #expect(state.order == order)
        }
    }

    @Test("a selection stays with its process, whatever the order")
    func selection() throws {
        var state = try WatchScene.state(windows: 4)
        #expect(state.chosen == 812)
        for (key, pid) in [(WatchKey.down, 900), (.character("j"), 901), (.character("G"), 1), (.down, 1), (.up, 901)] {
            #expect(state.press(key) == nil)
            #expect(state.chosen == Int32(pid))
        }
        #expect(state.press(.character("m")) == nil)
        #expect(state.chosen == 901)
        #expect(state.press(.home) == nil)
        #expect(state.chosen == 900)
    }

    @Test("pauses the screen, and goes on with what is newest")
    func pausing() throws {
        var state = try WatchScene.state(windows: 4)
        let shown = state.moment?.at
        #expect(state.press(.character(" ")) == nil)
        state.add(try WatchScene.moment(windows: 5))
        #expect(state.isPaused && state.missed == 1 && state.moment?.at == shown && state.samples.count == 4)
        #expect(state.press(.character("p")) == nil)
        #expect(!state.isPaused && state.missed == 0 && state.samples.count == 5)
        #expect(state.moment?.at == shown.map { $0 + 2_000_000_000 })
    }

    @Test("keeps a minute")
    func minute() throws {
        #expect(try WatchScene.state(windows: 40).samples.count == 30)
    }

    @Test("goes back where it came from")
    func pages() throws {
        var state = try WatchScene.state(windows: 4)
        #expect(state.press(.character("d")) == .profile(812))
        #expect(state.press(.down) == nil)
        #expect(state.press(.enter) == nil)
        #expect(state.page == .process(900) && state.press(.character("d")) == .profile(900))
        state.profiling = "somebody"
        #expect(state.press(.character("d")) == nil)
        #expect(state.message == "one profile at a time")
        state.show(WatchScene.profile)
        #expect(state.page == .profile && state.opened == 900)
        #expect(state.press(.up) == nil)
        #expect(state.press(.down) == nil)
        #expect(state.scroll == 1)
        #expect(state.press(.end) == nil)
        #expect(state.scroll == 29)
        #expect(state.press(.escape) == nil)
        #expect(state.page == .process(900))
        #expect(state.press(.character("?")) == nil)
        #expect(state.page == .help)
        #expect(state.press(.character("?")) == nil)
        #expect(state.page == .process(900))
        #expect(state.press(.escape) == nil)
        #expect(state.press(.escape) == nil)
        #expect(state.page == .processes && state.opened == nil)
    }

    @Test("hands on what is not on the screen")
    func actions() throws {
        var state = try WatchScene.state(windows: 4)
        #expect(state.press(.character("q")) == .quit)
        #expect(state.press(.interrupt) == .quit)
        #expect(state.press(.suspend) == .suspend)
        #expect(state.press(.redraw) == .redraw)
        #expect(state.press(.character("S")) == .save)
        var empty = WatchState(interval: 2, hostName: "web1")
        for key in [WatchKey.character("S"), .character("d"), .enter, .down, .escape, .unknown, .character("x")] {
            #expect(empty.press(key) == nil)
        }
        #expect(empty.page == .processes)
    }
}
