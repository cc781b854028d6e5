// Threads that compute with one lock held: load for ci/benchmarks/diagnose.
import Glibc
import Foundation
import Synchronization

final class Account: Sendable {
    let balance = Mutex<UInt64>(1)

    func work() {
        balance.withLock { value in
            for _ in 0..<200_000 { value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
        }
    }
}

let account = Account()
for _ in 0..<Int(CommandLine.arguments[1])! {
    Thread { while true { account.work() } }.start()
}
print("begun")
fflush(stdout)
while true { sleep(60) }
