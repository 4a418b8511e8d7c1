"""Results on disk, and the little statistics that scenarios and reports share."""
import json
import os
import statistics

from peers import ROOT

FOLDER = ROOT + "/results"


def save(name, result):
    os.makedirs(FOLDER, exist_ok=True)
    path = f"{FOLDER}/{name}.json"
    with open(path, "w") as file:
        json.dump(result, file, indent=1)
    print("saved", path)


def load(name):
    """A saved result, or an empty one."""
    try:
        with open(f"{FOLDER}/{name}.json") as file:
            return json.load(file)
    except OSError:
        return {}


def median(values):
    return statistics.median(values) if values else None


def percentile(values, share):
    """The smallest value with at least `share` of all values at or below it."""
    if not values:
        return None
    rank = int(-(-share * len(values) // 1))  # rounded up
    return sorted(values)[min(len(values) - 1, max(0, rank - 1))]


def rounded(value):
    return None if value is None else round(value, 1)


def quiet(runs, scenario="", limit=0.2):
    """Without runs that others disturbed (if a quieter one exists) and miss runs that were hits."""
    if scenario == "miss":
        runs = [r for r in runs if r.get("up_q", 0) >= 0.9 * r["ok"]]
    return [r for r in runs if r["other_cpu"] <= limit] or runs
