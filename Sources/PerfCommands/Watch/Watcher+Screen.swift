import Glibc
import PerfDiagnosis
import PerfHost
import PerfLinux
import PerfModel
import PerfReports
import PerfSessions

extension Watcher {
    /// Fills the terminal until somebody quits.
    func fillScreen() throws {
        let screen = try FullScreen(descriptor: STDOUT_FILENO)
        let live = LiveScreen(watcher: self, screen: screen)
        defer {
            screen.giveBack()
            live.endProfile()
        }
        try live.run()
        screen.giveBack()
        if live.hasTargetEnded { noteEnd() }
    }
}

/// A watcher's screen and keyboard.
final class LiveScreen {
    private let watcher: Watcher
    private let screen: FullScreen
    private var state: WatchState
    private var keys = WatchKeyParser()
    private var update: WatchSession.Update?
    private var profile: BackgroundProfile?
    private(set) var hasTargetEnded = false

    /// An escape sequence arrives within this time, nanoseconds; else it was the escape key.
    private static let escapeTime: UInt64 = 50_000_000
    private static let profileInterval: UInt64 = 200_000_000

    init(watcher: Watcher, screen: FullScreen) {
        self.watcher = watcher
        self.screen = screen
        state = WatchState(
            interval: Double(watcher.interval.wholeNanoseconds) / 1e9, hostName: watcher.host.name)
    }

    func run() throws {
        watcher.session.loop.inputDescriptor = STDIN_FILENO
        try draw()
        try watcher.session.run { event in
            // A signal may have stopped us, with the terminal given back.
            if !screen.isOurs { try screen.take() }
            let decision = try take(event)
            if decision == .goOn {
                watcher.session.pinned = state.opened
                watcher.session.loop.wakeAt = wakeAt
                try draw()
            }
            return decision
        }
    }

    private func take(_ event: WatchSession.Event) throws -> ObservationLoop.Decision {
        switch event {
        case .update(let update):
            self.update = update
            state.add(update.moment)
            return watcher.isOver() ? .end : .goOn
        case .targetEnded:
            hasTargetEnded = true
            return .end
        case .signal(let signal):
            if signal.ends { return .end }
            if signal.number == SIGWINCH || signal.number == SIGCONT { screen.forget() }
            return .goOn
        case .input:
            // Nobody types any more: the terminal has gone.
            guard let bytes = FullScreen.read(from: STDIN_FILENO) else { return .end }
            return try press(keys.keys(from: bytes))
        case .woken:
            if keys.isWaiting, try press(keys.rest()) == .end { return .end }
            return takeProfile()
        }
    }

    /// When there is something to do without being asked.
    private var wakeAt: UInt64? {
        let now = MonotonicClock.nanoseconds
        if keys.isWaiting { return now + Self.escapeTime }
        return profile == nil ? nil : now + Self.profileInterval
    }

    private func draw() throws {
        let size = screen.size
        let lines = WatchScreen(
            state, size: ScreenSize(columns: size.columns, rows: size.rows), usesColor: watcher.context.usesColor
        ).lines
        let bytes = screen.update(to: lines)
        if !bytes.isEmpty { try watcher.context.output.write(bytes) }
    }

    // MARK: keys

    private func press(_ keys: [WatchKey]) throws -> ObservationLoop.Decision {
        for key in keys {
            switch state.press(key) {
            case .quit: return .end
            case .suspend: try screen.stop()
            case .redraw: screen.forget()
            case .save: save()
            case .profile(let pid): startProfile(of: pid)
            case nil: break
            }
        }
        return .goOn
    }

    private func save() {
        guard let update else { return }
        do {
            let path = Self.freeName(at: update.moment.at)
            let warning = try OutputFile.write(try JSONDiagnosisFormat.bytes(of: watcher.report(of: update)), to: path)
            state.message = "saved \(path)\(warning.map { "; \($0.message)" } ?? "")"
        } catch {
            let known = error as? any UserFacingError
            state.message = "not saved: \(known?.summary ?? "\(error)")"
        }
    }

    /// `perfdoctor-watch-20261125-234107.json`, with a number where that is taken.
    private static func freeName(at nanoseconds: Int64) -> String {
        let time = InternetTime.text(nanosecondsSince1970: nanoseconds).prefix(19).filter { $0 != "-" && $0 != ":" }
        let base = "perfdoctor-watch-\(time.split(separator: "T").joined(separator: "-"))"
        var name = "\(base).json"
        var number = 2
        // SAFETY: the name is a terminated string for the duration of the call.
        while unsafe access(name, F_OK) == 0 {
            name = "\(base)-\(number).json"
            number += 1
        }
        return name
    }

    // MARK: profile

    private func startProfile(of pid: Int32) {
        guard let moment = state.moment else { return }
        let name = moment.observation.last.name(ofProcess: pid) ?? "process"
        let account = TimeAccount(moment.observation)?.processes.first { $0.pid == pid }
        let reasons: [WaitReason] = [.disk, .memory, .lock, .database, .cache, .network]
        let waits = account.map { account in reasons.reduce(0) { $0 + account[$1] } } ?? 0
        // Who waits more than it runs is slow because of its waits.
        let clock: DrillDownRequest.Clock = waits > (account?.onCPU ?? 0) + 0.05 ? .offCPU(nil) : .cpu
        do throws(SystemCallError) {
            profile = try BackgroundProfile(DrillDownRequest(pid: pid, process: name, clock: clock))
            state.profiling = "\(name) (pid \(pid))"
        } catch {
            state.message = error.summary
        }
    }

    private func takeProfile() -> ObservationLoop.Decision {
        guard let profile, let outcome = profile.outcome else { return .goOn }
        endProfile()
        switch outcome {
        case .profile(let found):
            do {
                state.show(try WatchProfile(found, request: profile.request))
            } catch {
                state.message = "no profile: \((error as? any UserFacingError)?.summary ?? "\(error)")"
            }
        case .none(let reason, let remedy): state.message = remedy.isEmpty ? reason : "\(reason); next: \(remedy)"
        case .signal: return .end
        }
        return .goOn
    }

    /// Ends a profile that is still being taken.
    func endProfile() {
        profile?.end()
        profile = nil
        state.profiling = nil
    }
}
