import PerfModel
