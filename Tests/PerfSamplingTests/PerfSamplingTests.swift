import PerfSampling
import Testing
