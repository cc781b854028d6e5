import CPerfLinux
import Glibc
import PerfLinux
import PerfModel
import Synchronization

/// Asks one target by its schedule, on the calling thread.
struct TargetRun {
    let target: any ProbeTarget
    let schedule: ProbeSchedule
    /// Nanoseconds that an answer may take.
    let timeout: UInt64
    let isStopped: @Sendable () -> Bool
    /// Told of each answer, in nanoseconds, and of each failure.
    let progress: @Sendable (_ asked: Int, _ answer: Swift.Result<UInt64, ProbeFailure>) -> Void
    let clock: any ProbeClock

    /// What one thread found out.
    struct Result {
        var sent = 0
        var received = 0
        var recorder = LatencyRecorder()
        var lag = LatencyRecorder()
        var timeline = ProbeTimeline()
        var phases: [String: LatencyRecorder] = [:]
        var phaseOrder: [String] = []
        var connecting: [ProbePhase] = []
        var connections = 0
        var failures: [ProbeFailure: Int] = [:]
        /// What keeps us from asking, or kept us last.
        var lastFailure: ProbeFailure?

        mutating func lose(_ failure: ProbeFailure, at offset: UInt64) {
            failures[failure, default: 0] += 1
            timeline.add(at: offset, latency: nil, reason: failure.summary)
        }
    }

    /// After a connection failed, the next one is tried no sooner: doubled from the first to the last.
    private static let (firstPause, lastPause): (UInt64, UInt64) = (10_000_000, 500_000_000)
    /// Answers that warm up a connection, before the schedule begins.
    private static let warmUps = 2

    func run() -> Result {
        var result = Result()
        var prober = warmedUp(&result)
        if let stream = prober as? any StreamProber {
            ask(stream, &result)
            return result
        }
        var index = 0
        // A connection would be free for the next question from here on, had we always been on time.
        var freeAt: UInt64 = 0
        var isFailing = false
        var pause = Self.firstPause
        var mayConnectAt: UInt64 = clock.now
        while let due = schedule.time(of: index), !isStopped() {
            clock.wait(until: due, isStopped)
            if isStopped() { break }
            let offset = due - schedule.start
            result.sent += 1
            index += 1
            // While nothing is answered, questions whose time is over are lost, and not asked one after the other.
            if isFailing, clock.now > due &+ timeout, let last = result.lastFailure {
                result.lose(last, at: offset)
                continue
            }
            if prober == nil {
                // Questions that are due while nobody can be asked are lost: they are not asked later.
                guard clock.now >= mayConnectAt else {
                    if let last = result.lastFailure { result.lose(last, at: offset) }
                    continue
                }
                switch connected(before: clock.now &+ timeout) {
                case .success(let made):
                    prober = made
                    // Connecting is the server's time, not ours.
                    freeAt = max(freeAt, clock.now)
                    result.connections += 1
                    pause = Self.firstPause
                case .failure(let failure):
                    result.lastFailure = failure
                    result.lose(failure, at: offset)
                    progress(result.sent, .failure(failure))
                    mayConnectAt = clock.now &+ pause
                    pause = min(Self.lastPause, pause * 2)
                    freeAt = clock.now
                    continue
                }
            }
            guard let asked = prober else { continue }
            do throws(ProbeFailure) {
                let answer = try asked.ask(before: max(clock.now, due) &+ timeout)
                // A question waits for the answers before it, and never for us: how late we were to send it is told
                // apart, or a prober that stood still would look like a server that did.
                let mayBeSentAt = max(due, freeAt)
                result.lag.add(answer.sentAt &- min(mayBeSentAt, answer.sentAt))
                freeAt = mayBeSentAt &+ (answer.receivedAt &- min(answer.sentAt, answer.receivedAt))
                let latency = freeAt - due
                isFailing = false
                result.received += 1
                result.recorder.add(latency)
                result.timeline.add(at: offset, latency: latency)
                result.keep(answer.phases)
                if answer.isOnNewConnection { result.connections += 1 }
                progress(result.sent, .success(latency))
            } catch {
                isFailing = true
                result.lastFailure = error
                result.lose(error, at: offset)
                freeAt = clock.now
                progress(result.sent, .failure(error))
                if !error.isConnectionUsable {
                    prober = nil
                    mayConnectAt = clock.now
                }
            }
        }
        return result
    }

    /// Sends each question when it is due, and takes answers in between.
    private func ask(_ stream: any StreamProber, _ result: inout Result) {
        struct Question {
            var due: UInt64
            var sentAt: UInt64
        }
        var open: [UInt16: Question] = [:]
        var index = 0
        func take(until instant: UInt64) {
            while clock.now < instant, !isStopped() {
                do throws(ProbeFailure) {
                    guard let answer = try stream.receive(before: min(instant, clock.now &+ 100_000_000)) else {
                        if clock.now >= instant { return }
                        continue
                    }
                    // A number that is unknown is that of an answer that came twice, or far too late.
                    guard let question = open.removeValue(forKey: answer.number) else { continue }
                    let latency = answer.receivedAt &- min(question.sentAt, answer.receivedAt)
                    result.received += 1
                    result.recorder.add(latency)
                    result.lag.add(question.sentAt &- min(question.due, question.sentAt))
                    result.timeline.add(at: question.due - schedule.start, latency: latency)
                    progress(result.sent, .success(latency))
                    if open.isEmpty, schedule.time(of: index) == nil { return }
                } catch {
                    // It is told of one of the questions, and not of which: those that stay open are lost.
                    result.lastFailure = error
                }
            }
        }
        func lose(_ isOver: (Question) -> Bool) {
            for (number, question) in open where isOver(question) {
                open[number] = nil
                let failure = result.lastFailure ?? stream.silence
                result.lose(failure, at: question.due - schedule.start)
                progress(result.sent, .failure(failure))
            }
        }
        while let due = schedule.time(of: index), !isStopped() {
            take(until: due)
            if isStopped() { break }
            result.sent += 1
            index += 1
            do throws(ProbeFailure) {
                let question = try stream.send()
                open[question.number] = Question(due: due, sentAt: question.sentAt)
            } catch {
                result.lastFailure = error
                result.lose(error, at: due - schedule.start)
            }
            lose { $0.sentAt &+ timeout < clock.now }
        }
        if !open.isEmpty { take(until: clock.now &+ timeout) }
        lose { _ in true }
    }

    /// The first connection, whose first answers are not counted: caches of both sides are cold.
    private func warmedUp(_ result: inout Result) -> (any Prober)? {
        switch connected(before: clock.now &+ timeout) {
        case .success(let prober):
            result.connections += 1
            // Some connect with the first question only.
            defer { result.connecting = prober.connecting }
            for _ in 0..<Self.warmUps where !isStopped() {
                do throws(ProbeFailure) {
                    _ = try prober.ask(before: clock.now &+ timeout)
                } catch {
                    result.lastFailure = error
                    if !error.isConnectionUsable { return nil }
                }
            }
            return prober
        case .failure(let failure):
            result.lastFailure = failure
            return nil
        }
    }

    private func connected(before deadline: UInt64) -> Swift.Result<any Prober, ProbeFailure> {
        Swift.Result { () throws(ProbeFailure) in try target.connect(before: deadline) }
    }
}

extension TargetRun.Result {
    mutating func keep(_ parts: [ProbePhase]) {
        for part in parts {
            if phases[part.name] == nil { phaseOrder.append(part.name) }
            phases[part.name, default: LatencyRecorder()].add(part.nanoseconds)
        }
    }
}

/// The time, and waiting for it.
package protocol ProbeClock: Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    var now: UInt64 { get }
    /// Returns at an instant, or earlier when it is stopped.
    func wait(until instant: UInt64, _ isStopped: () -> Bool)
}

/// The kernel's clock.
package struct KernelClock: ProbeClock {
    /// Nanoseconds after which a wait looks whether it is stopped.
    private static let slice: UInt64 = 100_000_000

    package init() {}

    package var now: UInt64 { MonotonicClock.nanoseconds }

    package func wait(until instant: UInt64, _ isStopped: () -> Bool) {
        while !isStopped() {
            let now = now
            guard instant > now else { return }
            pd_sleep_for(min(instant - now, Self.slice))
        }
    }
}
