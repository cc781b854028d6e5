import PerfDiagnosis
import PerfHost
import PerfModel
import PerfProbes

/// All that a watcher's screen shows: what was seen, and what somebody wants to see of it.
package struct WatchState: Sendable {
    /// One window, and the diagnosis of the last ones.
    package struct Moment: Sendable {
        package var diagnosis: Diagnosis
        package var observation: HostObservation
        package var window: HostWindow
        /// Nanoseconds since 1970-01-01 UTC.
        package var at: Int64
        /// What servers tell; empty where none is asked.
        package var keyMetrics: [KeyMetricState]

        package init(
            diagnosis: Diagnosis, observation: HostObservation, window: HostWindow, at: Int64,
            keyMetrics: [KeyMetricState] = []
        ) {
            self.diagnosis = diagnosis
            self.observation = observation
            self.window = window
            self.at = at
            self.keyMetrics = keyMetrics
        }
    }

    package enum Page: Hashable, Sendable {
        case processes
        /// One of them, with its threads.
        case process(Int32)
        /// Functions of the last profile.
        case profile
        case help
    }

    /// What a key asks for that is not on the screen.
    package enum Action: Hashable, Sendable {
        case quit, suspend, redraw, save
        /// Profile a process.
        case profile(Int32)
    }

    /// From one window to the next, seconds.
    package let interval: Double
    /// Name of the host.
    package let hostName: String
    package private(set) var moment: Moment?
    /// Oldest first; the last minute.
    package private(set) var samples: [WatchSample] = []
    package private(set) var page: Page = .processes
    package private(set) var order: ProcessOrder = .cpu
    /// Nil until somebody chooses: then the first row.
    ///
    /// With a target it is that one at first.
    package private(set) var selected: Int32?
    /// First thread or function that is shown.
    package private(set) var scroll = 0
    package private(set) var isPaused = false
    /// Windows since it paused.
    package private(set) var missed = 0
    /// Stands in the last line until a key is pressed.
    package var message = ""
    /// What is profiled now.
    package var profiling: String?
    package private(set) var profile: WatchProfile?
    private var before: Page = .processes
    private var newest: Moment?
    private var newestSamples: [WatchSample] = []

    private static let pageLength = 10

    package init(interval: Double, hostName: String) {
        self.interval = interval
        self.hostName = hostName
    }

    /// Windows of the last minute; of long ones ten.
    var sampleCount: Int { Int(min(300, max(10, (60 / interval).rounded(.up)))) }

    /// Adds a window; while paused it is kept for later.
    package mutating func add(_ moment: Moment) {
        // Who is asked for is meant, until somebody chooses another one.
        if newest == nil { selected = moment.observation.target }
        newest = moment
        newestSamples.append(WatchSample(moment.window))
        newestSamples.removeFirst(max(0, newestSamples.count - sampleCount))
        if isPaused { missed += 1 } else { showNewest() }
    }

    private mutating func showNewest() {
        moment = newest
        samples = newestSamples
        missed = 0
    }

    /// Shows a profile that was asked for.
    package mutating func show(_ profile: WatchProfile) {
        self.profile = profile
        if page != .profile { before = page == .help ? .processes : page }
        page = .profile
        scroll = 0
    }

    /// Processes in the order that was chosen.
    package var rows: [ProcessRates] {
        guard let moment, let processes = moment.window.processes.value?.processes else { return [] }
        return order.sorted(processes.filter(moment.observation.isOfTarget), in: moment.window)
    }

    /// Where the selected process stands among ``rows``.
    func selectedIndex(in rows: [ProcessRates]) -> Int {
        selected.flatMap { pid in rows.firstIndex { $0.pid == pid } } ?? 0
    }

    /// Who is meant by what is pressed now; nil where there is nobody.
    package var chosen: Int32? {
        if case .process(let pid) = page { return pid }
        let rows = rows
        return rows.isEmpty ? nil : rows[selectedIndex(in: rows)].pid
    }

    /// The process that is looked at closely.
    package var opened: Int32? {
        switch (page, before) {
        case (.process(let pid), _), (.profile, .process(let pid)), (.help, .process(let pid)): pid
        default: nil
        }
    }

    /// Does what a key says.
    ///
    /// - Returns: what is left to do elsewhere; nil for nothing.
    package mutating func press(_ key: WatchKey) -> Action? {
        message = ""
        switch key {
        case .interrupt, .character("q"), .character("Q"): return .quit
        case .suspend: return .suspend
        case .redraw: return .redraw
        case .character("S"): return moment == nil ? nil : .save
        case .character("p"), .character(" "):
            isPaused.toggle()
            if !isPaused { showNewest() }
        case .character("?"), .character("h"):
            if page == .help {
                close()
            } else {
                if page != .profile { before = page }
                page = .help
                scroll = 0
            }
        case .character("c"): sort(by: .cpu)
        case .character("m"): sort(by: .memory)
        case .character("i"): sort(by: .io)
        case .character("f"): sort(by: .faults)
        case .character("w"): sort(by: .waits)
        case .character("s"):
            let all = ProcessOrder.allCases
            sort(by: all[((all.firstIndex(of: order) ?? 0) + 1) % all.count])
        case .character("j"), .down: move(1)
        case .character("k"), .up: move(-1)
        case .pageDown: move(Self.pageLength)
        case .pageUp: move(-Self.pageLength)
        case .character("g"), .home: move(-(1 << 20))
        case .character("G"), .end: move(1 << 20)
        case .enter, .right:
            guard page == .processes, let chosen else { return nil }
            selected = chosen
            page = .process(chosen)
            scroll = 0
        case .escape, .left, .backspace: close()
        case .character("d"):
            guard profiling == nil else {
                message = "one profile at a time"
                return nil
            }
            guard page == .processes || page == opened.map(Page.process), let chosen else { return nil }
            return .profile(chosen)
        case .character, .unknown: break
        }
        return nil
    }

    private mutating func sort(by order: ProcessOrder) {
        self.order = order
    }

    private mutating func close() {
        switch page {
        case .processes: break
        case .process: page = .processes
        case .profile, .help:
            page = before
            before = .processes
        }
        scroll = 0
    }

    private mutating func move(_ step: Int) {
        guard page == .processes else {
            scroll = max(0, min(scroll + step, scrollEnd))
            return
        }
        let rows = rows
        guard !rows.isEmpty else { return }
        selected = rows[max(0, min(selectedIndex(in: rows) + step, rows.count - 1))].pid
    }

    /// The last line of what is scrolled.
    private var scrollEnd: Int {
        switch page {
        case .process(let pid): max(0, (moment?.window.processes.value?[pid]?.threads.count ?? 0) - 1)
        case .profile: max(0, (profile?.rows.count ?? 0) - 1)
        case .processes, .help: 0
        }
    }
}
