import PerfModel
import PerfProfiles

extension HTMLScene {
    /// Twelve seconds, a sample each millisecond, with a stall and a change of phase.
    ///
    /// `main` stands still from 400 to 500 ms of every second; it parses in the first six seconds and renders in the
    /// others. `worker` compresses in the fourth second only.
    static var stall: HTMLScene {
        var scene = HTMLScene()
        scene.add(["main", "handle", "parse"], samples: 5400)
        scene.add(["main", "handle", "render", "memcpy@/usr/lib/x86_64-linux-gnu/libc.so.6"], samples: 5400)
        scene.add(["start", "compress@/usr/lib/libz.so.1"], samples: 1000, thread: "worker", threadID: 101)
        scene.edit { profile in
            profile.duration = 12_000_000_000
            var timeline = SampleTimeline(range: 0..<12_000_000_000)
            for millisecond in 0..<12_000 {
                let time = Int64(millisecond) * 1_000_000
                if !(400..<500).contains(millisecond % 1000) {
                    timeline.append(time: time, sample: millisecond < 6000 ? 0 : 1)
                }
                if (3000..<4000).contains(millisecond) { timeline.append(time: time, sample: 2) }
            }
            profile.timeline = timeline
        }
        return scene
    }

    /// A million samples of eight threads at 1 kHz each, over 125 seconds, with 4,000 distinct stacks.
    static var million: HTMLScene {
        var scene = HTMLScene()
        for index in 0..<4000 {
            scene.add(
                ["main", "dispatch\(index % 40)", "step\(index % 400)", "leaf\(index)"], samples: 250,
                thread: "worker-\(index % 8)", threadID: Int64(100 + index % 8))
        }
        scene.edit { profile in
            profile.duration = 125_000_000_000
            var timeline = SampleTimeline(range: 0..<125_000_000_000)
            timeline.reserveCapacity(1_000_000)
            for tick in 0..<125_000 {
                for thread in 0..<8 {
                    // The stacks of each thread in turns.
                    let sample = tick % 500 * 8 + thread
                    timeline.append(time: Int64(tick) * 1_000_000, sample: Int32(sample))
                }
            }
            profile.timeline = timeline
        }
        return scene
    }
}
