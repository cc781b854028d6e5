import PerfModel
import Testing
