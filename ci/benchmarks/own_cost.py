"""What the benchmarks of perfdoctor's own cost share: processes that sleep, and the kernel's account of a command."""

import contextlib
import os
import re
import statistics
import subprocess
import sys

SLEEPERS = """
import os, signal, sys
children = []
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    children.append(child)
print("ready", flush=True)
sys.stdin.read()
for child in children: os.kill(child, signal.SIGKILL)
for child in children: os.waitpid(child, 0)
"""


@contextlib.contextmanager
def sleepers(count):
    """So many more processes, which end with the context."""
    holder = subprocess.Popen([sys.executable, "-c", SLEEPERS, str(count)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    try:
        holder.stdout.readline()
        yield
    finally:
        holder.communicate()


def process_count():
    return sum(1 for name in os.listdir("/proc") if re.fullmatch(r"\d+", name))


def usage(command, **more):
    """CPU seconds of a command, its children's included, in the kernel's account."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **more) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def cost_of_looks(commands, runs, looks):
    """CPU milliseconds of one look, by name of the command: a run of each in turn.

    The start is taken off by a run with a single look. A command gets the number of its looks.
    """
    results = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            many, one = (usage(command(number)) for number in (looks + 1, 1))
            results[name].append(1000 * (many - one) / looks)
    return results


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive")
