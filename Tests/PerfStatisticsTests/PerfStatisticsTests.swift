import PerfStatistics
import Testing
