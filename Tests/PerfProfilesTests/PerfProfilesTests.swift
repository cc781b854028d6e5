import PerfProfiles
import Testing
