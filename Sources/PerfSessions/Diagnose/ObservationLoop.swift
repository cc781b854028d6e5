import Glibc
import PerfHost
import PerfLinux
import PerfModel

/// Takes snapshots of a host at regular times and looks at threads in between, until it is told to end.
///
/// ```
/// var loop = ObservationLoop(collector: collector, window: .seconds(2), signals: try SignalReceiver())
/// loop.run { event, _ in … ; return .goOn }
/// ```
///
/// One thread runs it.
package final class ObservationLoop {
    package enum Event: Sendable {
        /// The first one only shows who is busy, so that the next one looks at those; from the second one on, each ends
        /// a window.
        case snapshot(HostSnapshot)
        case signal(SignalReceiver.Signal)
        /// ``inputDescriptor`` may be read.
        case input
        /// ``wakeAt`` has come, or a signal's handler ran.
        case woken
    }

    package enum Decision: Sendable { case goOn, end }

    /// How much of a CPU looks at threads may cost, and how often they come at most.
    package struct Pace: Sendable {
        /// One part in so many.
        package var share: UInt64 = 100
        /// Nanoseconds.
        package var shortest: UInt64 = 100_000_000
        /// Fewer looks than these tell nothing, whatever they cost.
        package var longest: UInt64 = 400_000_000

        package init() {}
    }

    package let collector: HostCollector
    private let window: UInt64
    private let pace: Pace
    private let signals: SignalReceiver
    /// A descriptor to wait for as well: the keyboard.
    package var inputDescriptor: Int32?
    /// When to wake up at the latest, CLOCK_MONOTONIC; nil for when there is something to do.
    package var wakeAt: UInt64?

    private static let rehearsal: UInt64 = 200_000_000

    /// - Parameters:
    ///   - collector: is asked for snapshots and looks.
    ///   - window: from one snapshot to the next.
    ///   - pace: of looks at threads.
    ///   - signals: are handed on.
    package init(collector: HostCollector, window: Duration, pace: Pace = Pace(), signals: SignalReceiver) {
        self.collector = collector
        self.window = UInt64(clamping: max(1, window.wholeNanoseconds))
        self.pace = pace
        self.signals = signals
    }

    /// Runs until `handle` says that it is over.
    package func run(_ handle: (Event) throws -> Decision) rethrows {
        guard try handle(.snapshot(collector.snapshot())) == .goOn else { return }
        let rehearsal = MonotonicClock.nanoseconds + min(Self.rehearsal, window / 5)
        guard try wait(until: { rehearsal }, handle) == .goOn,
            try handle(.snapshot(collector.snapshot())) == .goOn
        else { return }
        var lookInterval = pace.shortest
        var end = MonotonicClock.nanoseconds + window
        var nextLook = end - window + lookInterval / 2
        while true {
            guard try wait(until: { min(end, nextLook) }, handle) == .goOn else { return }
            let now = MonotonicClock.nanoseconds
            guard now < end else {
                guard try handle(.snapshot(collector.snapshot())) == .goOn else { return }
                // After a pause of the machine, or of this process, one window is longer; none is made up for.
                end = now > end + window ? now + window : end + window
                continue
            }
            collector.look()
            let cost = MonotonicClock.nanoseconds - now
            lookInterval = min(pace.longest, max(pace.shortest, cost * pace.share))
            // Not in step with programs that wake up regularly.
            nextLook = MonotonicClock.nanoseconds + lookInterval * UInt64.random(in: 80...120) / 100
        }
    }

    /// Hands on what comes before a moment.
    private func wait(until moment: () -> UInt64, _ handle: (Event) throws -> Decision) rethrows -> Decision {
        while true {
            let now = MonotonicClock.nanoseconds
            let wake = min(moment(), wakeAt ?? .max)
            var entries = [signals.descriptor, inputDescriptor ?? -1].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let pause = wake > now ? Int32(clamping: (wake - now) / 1_000_000 + 1) : 0
            // SAFETY: the array outlives the call, which changes only its elements.
            let ready = unsafe poll(&entries, nfds_t(entries.count), pause)
            while let signal = signals.next() {
                guard try handle(.signal(signal)) == .goOn else { return .end }
            }
            if ready > 0, entries[1].revents != 0 {
                guard try handle(.input) == .goOn else { return .end }
            }
            let later = MonotonicClock.nanoseconds
            if ready < 0 || later >= wakeAt ?? .max {
                guard try handle(.woken) == .goOn else { return .end }
            }
            if later >= moment() { return .goOn }
        }
    }
}

extension SignalReceiver.Signal {
    /// Whether it asks us to end.
    package var ends: Bool { [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(number) }
}
