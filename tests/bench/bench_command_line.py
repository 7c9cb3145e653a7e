"""CPU of the shortest runs, as a multiple of an empty interpreter: python tests/bench/bench_command_line.py"""

import resource
import statistics
import subprocess
import sys

RUNS = 15


def cpu(*words: str) -> float:
    """Median user+system seconds of a child process."""
    taken: list[float] = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def main() -> None:
    """Print one line a command."""
    empty = cpu("-c", "pass")
    sys.stdout.write(f"{'empty interpreter':<24} {empty * 1000:6.0f} ms CPU\n")
    for words in (["--version"], ["--help"], ["config", "show"], ["completion", "bash"]):
        taken = cpu("-m", "console", *words)
        sys.stdout.write(f"{' '.join(words):<24} {taken * 1000:6.0f} ms CPU  {taken / empty:5.1f} x empty\n")


if __name__ == "__main__":
    main()
