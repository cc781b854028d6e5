import Testing

@testable import PerfSampling

@Suite("Cgroup paths") struct CgroupPathTests {
    @Test("a path in a hierarchy is looked for in all hierarchies that count events")
    func relative() {
        #expect(
            CgroupPath.candidates(for: "app.slice/web") == [
                "/sys/fs/cgroup/app.slice/web", "/sys/fs/cgroup/unified/app.slice/web",
                "/sys/fs/cgroup/perf_event/app.slice/web",
            ])
    }

    @Test("a path as /proc/PID/cgroup has it is tried as it is and below each hierarchy")
    func rooted() {
        #expect(
            CgroupPath.candidates(for: "/app") == [
                "/app", "/sys/fs/cgroup/app", "/sys/fs/cgroup/unified/app", "/sys/fs/cgroup/perf_event/app",
            ])
    }

    @Test("a group of another version 1 controller stands for the same group where events are counted")
    func otherController() {
        #expect(
            CgroupPath.candidates(for: "/sys/fs/cgroup/memory/app") == [
                "/sys/fs/cgroup/memory/app", "/sys/fs/cgroup/app", "/sys/fs/cgroup/unified/app",
                "/sys/fs/cgroup/perf_event/app",
            ])
    }
}
