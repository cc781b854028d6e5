#!/usr/bin/env python3
"""Writes reference.json beside it: what SciPy and apache-otava say of the same numbers.

    pip install scipy==1.17.1 && pip download --no-deps apache-otava==0.8.0 && unzip apache_otava-*.whl -d otava
    PYTHONPATH=otava python3 reference.py

Bounds of the rank tests are the values at which SciPy's exact test turns: the k-th of all single shifts, listed and
sorted here, with the largest k that the exact distribution allows (R: qsignrank, qwilcox). Each is checked against the
test itself before it is written.
"""
import json
import os

import numpy as np
from otava.analysis import compute_change_points_orig
from otava.change_point_divisive.calculator import PairDistanceCalculator
from scipy import stats

random = np.random.default_rng(20240611)
LEVELS = [0.05, 0.025, 0.01, 0.002, 0.0002]


def signed_rank_cumulative(n):
    """Exact, in integers."""
    counts = [1]
    for rank in range(1, n + 1):
        longer = counts + [0] * rank
        for i, c in enumerate(counts):
            longer[i + rank] += c
        counts = longer
    total, sums = 0, []
    for c in counts:
        total += c
        sums.append(total)
    return [s / 2**n for s in sums]


def largest_rank(cumulative, level):
    return next(i for i, p in enumerate(cumulative) if p > level)


def signed_rank():
    rows = []
    series = {
        "normal": lambda n: random.normal(0.02, 0.05, n),
        "skewed": lambda n: random.lognormal(-3, 1, n) - 0.04,
        "heavy": lambda n: random.standard_cauchy(n) * 0.01,
    }
    for name, make in series.items():
        for n in [5, 8, 15, 30, 60, 200]:
            x = np.round(make(n), 6)
            i, j = np.triu_indices(n)
            walsh = np.sort((x[i] + x[j]) / 2)
            cumulative = signed_rank_cumulative(n)
            bounds = []
            for level in LEVELS:
                k = largest_rank(cumulative, level)
                low = high = None
                if k:
                    low, high = walsh[k - 1], walsh[len(walsh) - k]
                    # A value a little below the bound is rejected, one a little above is not.
                    below = stats.wilcoxon(x - low + 1e-10, alternative="greater", method="exact").pvalue
                    above = stats.wilcoxon(x - low - 1e-10, alternative="greater", method="exact").pvalue
                    assert below <= level < above, (name, n, level, below, above)
                bounds.append({"level": level, "low": low, "high": high})
            rows.append({"name": f"{name} {n}", "values": x.tolist(), "estimate": float(np.median(walsh)), "bounds": bounds})
    return rows


def rank_sum():
    rows = []
    for m, n in [(4, 5), (10, 7), (15, 15), (30, 40), (49, 49)]:
        x, y = np.round(random.normal(1, 0.1, m), 6), np.round(random.lognormal(0.1, 0.1, n), 6)
        shifts = np.sort((y[:, None] - x[None, :]).ravel())
        # SciPy's exact distribution of U, read off a test of separated groups.
        cumulative = []
        for u in range(m * n + 1):
            cumulative.append(mann_whitney_cumulative(m, n)[u])
        bounds = []
        for level in LEVELS[:4]:
            k = largest_rank(cumulative, level)
            low = high = None
            if k:
                low, high = shifts[k - 1], shifts[len(shifts) - k]
                below = stats.mannwhitneyu(y - low + 1e-10, x, alternative="greater", method="exact").pvalue
                above = stats.mannwhitneyu(y - low - 1e-10, x, alternative="greater", method="exact").pvalue
                assert below <= level < above, (m, n, level, below, above)
            bounds.append({"level": level, "low": low, "high": high})
        rows.append({"before": x.tolist(), "after": y.tolist(), "estimate": float(np.median(shifts)), "bounds": bounds})
    return rows


known = {}


def mann_whitney_cumulative(m, n):
    """Exact, in integers: how many of the ways to choose m of m + n ranks have which sum."""
    if (m, n) not in known:
        ways = [[1]] + [[] for _ in range(m)]
        for rank in range(1, m + n + 1):
            for chosen in range(min(rank, m), 0, -1):
                source, target = ways[chosen - 1], ways[chosen]
                target += [0] * (len(source) + rank - len(target))
                for s, c in enumerate(source):
                    target[s + rank] += c
        least, total, sums = m * (m + 1) // 2, 0, []
        whole = sum(ways[m])
        for u in range(m * n + 1):
            total += ways[m][least + u]
            sums.append(total / whole)
        known[m, n] = sums
    return known[m, n]


def binomial():
    rows = []
    for count, total in [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (0, 665), (1, 665), (98, 98), (37, 999), (9500, 10000), (5, 200000)]:
        for level in [0.05, 0.01]:
            interval = stats.binomtest(count, total).proportion_ci(1 - level, "exact")
            rows.append({"count": count, "total": total, "level": level, "low": interval.low, "high": interval.high})
    return rows


def beta():
    return [
        {"x": x, "a": a, "b": b, "value": stats.beta.cdf(x, a, b)}
        for a, b in [(0.5, 0.5), (1, 3), (5, 2.5), (40, 0.5), (300, 700), (20000, 5)]
        for x in [1e-6, 0.05, 0.3, 0.31, 0.5, 0.9, 0.9998]
    ]


def quantile_ranks():
    rows = []
    for q in [0.5, 0.95, 0.99]:
        for n in [20, 200, 1000, 12345, 300000]:
            for level in [0.025, 0.005]:
                k = np.arange(0, n + 1)
                low = int(np.searchsorted(stats.binom.cdf(k, n, q), level, side="right"))
                high = int(n + 1 - np.searchsorted(stats.binom.cdf(k, n, 1 - q), level, side="right"))
                known = low >= 1 and high <= n
                rows.append({"ratio": q, "count": n, "level": level, "low": low if known else None, "high": high if known else None})
    return rows


def change_points():
    rows = []
    normal = random.normal
    series = {
        "one step": np.r_[normal(10, 0.3, 20), normal(13, 0.3, 20)],
        "two steps": np.r_[normal(100, 2, 25), normal(120, 2, 15), normal(95, 2, 30)],
        "wider, same mean": np.r_[normal(50, 0.2, 40), normal(50, 6, 40)],
        "noise": normal(5, 1, 60),
        "late step": np.r_[normal(1, 0.01, 40), normal(1.1, 0.01, 3)],
        "integers": np.r_[random.integers(10, 13, 30), random.integers(14, 17, 25)].astype(float),
        "heavy tails": np.r_[random.standard_t(2, 50), random.standard_t(2, 50) + 8],
        "two values": np.array([1.0, 2.0]),
    }
    for name, values in series.items():
        values = np.round(values, 4)
        first = PairDistanceCalculator(values).get_candidate_change_point(slice(0, len(values)))
        # Clear changes and clear noise alone: the permutations of both sides differ.
        found, _ = compute_change_points_orig(values, max_pvalue=0.01, seed=1)
        rows.append({
            "name": name, "values": values.tolist(), "first": int(first.index), "divergence": float(first.qhat),
            "points": [int(p.index) for p in found], "divergences": [float(p.qhat) for p in found],
        })
    return rows


result = {
    "versions": "scipy 1.17.1, apache-otava 0.8.0",
    "signedRank": signed_rank(), "rankSum": rank_sum(), "binomial": binomial(), "beta": beta(),
    "quantileRanks": quantile_ranks(), "changePoints": change_points(),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json"), "w") as file:
    file.write("{\n" + ",\n".join(
        f' {json.dumps(key)}: ' + (
            "[\n" + ",\n".join("  " + json.dumps(row, default=float) for row in value) + "\n ]"
            if isinstance(value, list) else json.dumps(value))
        for key, value in result.items()) + "\n}\n")
