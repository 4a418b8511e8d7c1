#!/usr/bin/env python3
"""Draws the curves of results/*.json into plots/*.svg."""
import math
import os

import results
from peers import ROOT

FOLDER = ROOT + "/plots"
WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 78, 58  # margins around the axes
COLOURS = {"holdfast": "#2f81f7", "dnsdist": "#d9731a", "unbound": "#2da44e", "dnsmasq": "#a371f7"}
OTHERS = ("#2f81f7", "#d9731a", "#2da44e", "#a371f7", "#d6409f", "#8a8f98")
LIGHT = {"paper": "#ffffff", "ink": "#1f2328", "soft": "#59636e", "line": "#d8dee4"}
DARK = {"paper": "#0d1117", "ink": "#e6edf3", "soft": "#9198a1", "line": "#30363d"}
SHAPES = """text { font: 12px system-ui, sans-serif; }
.title { font-size: 15px; font-weight: 600; }
.ideal { stroke-dasharray: 5 4; fill: none; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }"""


def colours(c):
    """The rules that differ between light and dark; no CSS variables: not every viewer has them."""
    return f"""text {{ fill: {c["soft"]}; }}
.title, .legend {{ fill: {c["ink"]}; }}
.paper {{ fill: {c["paper"]}; }}
.grid {{ stroke: {c["line"]}; }}
.axis, .ideal {{ stroke: {c["soft"]}; }}"""


def style():
    dark = f"@media (prefers-color-scheme: dark) {{\n{colours(DARK)}\n}}"
    return f"<style>\n{SHAPES}\n{colours(LIGHT)}\n{dark}\n</style>"


def short(value):
    """1500000 as 1.5M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def ticks(top, wanted=6):
    """Round steps from 0 to at least `top`."""
    rough = top / wanted
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= rough)
    return [round(step * n, 10) for n in range(math.ceil(top / step - 1e-9) + 1)]


class Chart:
    """Curves over one pair of axes, y from 0. `series`: {name: [(x, y), ...]}."""

    def __init__(self, title, x_label, y_label, series, log_x=False, ideal=None):
        self.title, self.x_label, self.y_label = title, x_label, y_label
        self.series, self.log_x, self.ideal = series, log_x, ideal
        points = [point for curve in series.values() for point in curve]
        xs = sorted({x for x, _ in points})
        self.x_ticks = xs if log_x else ticks(xs[-1])
        self.y_ticks = ticks(max(y for _, y in points + (ideal or [])) * 1.02 or 1)
        self.x_low, self.x_high = (xs[0], xs[-1]) if log_x else (0, self.x_ticks[-1])

    def x(self, value):
        scale = math.log if self.log_x else float
        low, high = scale(self.x_low), scale(self.x_high)
        share = (scale(value) - low) / (high - low) if high > low else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return HEIGHT - BOTTOM - value / self.y_ticks[-1] * (HEIGHT - TOP - BOTTOM)

    def colour(self, name, number):
        return COLOURS.get(name, OTHERS[number % len(OTHERS)])

    def axes(self):
        low, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        for value in self.y_ticks:
            at = self.y(value)
            yield f'<line class="grid" x1="{LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>'
            yield f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{short(value)}</text>'
        for value in self.x_ticks:
            at = self.x(value)
            yield f'<line class="axis" x1="{at:.1f}" y1="{low}" x2="{at:.1f}" y2="{low + 5}"/>'
            yield f'<text x="{at:.1f}" y="{low + 19}" text-anchor="middle">{short(value)}</text>'
        yield f'<line class="axis" x1="{LEFT}" y1="{low}" x2="{right}" y2="{low}"/>'
        middle = (LEFT + right) / 2
        yield f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">{self.x_label}</text>'
        turned = f'text-anchor="middle" transform="translate(18 {(TOP + low) / 2}) rotate(-90)"'
        yield f"<text {turned}>{self.y_label}</text>"

    def path(self, points):
        return " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)

    def curves(self):
        if self.ideal:
            yield f'<polyline class="ideal" points="{self.path(self.ideal)}"/>'
        for number, (name, points) in enumerate(self.series.items()):
            colour = self.colour(name, number)
            yield f'<polyline class="curve" stroke="{colour}" points="{self.path(points)}"/>'
            for x, y in points:
                yield f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3" fill="{colour}"/>'

    def legend(self):
        at, y = LEFT, TOP - 26
        for number, name in enumerate(self.series):
            colour = self.colour(name, number)
            yield f'<rect x="{at}" y="{y - 5}" width="18" height="4" rx="2" fill="{colour}"/>'
            yield f'<text class="legend" x="{at + 24}" y="{y + 1}">{name}</text>'
            at += 24 + 7 * len(name) + 22
        if self.ideal:
            yield f'<line class="ideal" x1="{at}" y1="{y - 3}" x2="{at + 18}" y2="{y - 3}"/>'
            yield f'<text class="legend" x="{at + 24}" y="{y + 1}">ideal</text>'

    def svg(self):
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        head += f' width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{self.title}">'
        parts = [head, style()]
        parts.append(f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>')
        parts.append(f'<text class="title" x="{LEFT}" y="28">{self.title}</text>')
        parts += [*self.axes(), *self.curves(), *self.legend(), "</svg>"]
        return "\n".join(parts) + "\n"


def save(name, chart):
    os.makedirs(FOLDER, exist_ok=True)
    path = f"{FOLDER}/{name}.svg"
    with open(path, "w") as file:
        file.write(chart.svg())
    print("saved", path)


def overload(kind):
    """Goodput over the offered load, both as multiples of the server's own capacity."""
    servers = results.load(f"overload_{kind}").get("servers", {})
    series = {
        name: [
            (p["offered"] / server["capacity"], p["goodput"] / server["capacity"])
            for p in server["points"]
        ]
        for name, server in servers.items()
        if server.get("points")
    }
    if not series:
        return
    most = max(x for curve in series.values() for x, _ in curve)
    title = {"hit": "Overload, cache hits", "miss": "Overload, misses"}[kind]
    x_label, y_label = "offered load ÷ capacity", "right answers within 1 s ÷ capacity"
    chart = Chart(title, x_label, y_label, series, ideal=[(0, 0), (1, 1), (most, 1)])
    save(f"overload_{kind}", chart)


def growth():
    """Cost of a query over what grows."""
    for name, part in results.load("growth").get("parts", {}).items():
        series = {
            label: [(p["x"], p["us"]) for p in points if p.get("us") is not None]
            for label, points in part["series"].items()
        }
        series = {label: points for label, points in series.items() if points}
        if series:
            y_label = "µs of CPU per query"
            save(f"growth_{name}", Chart(part["title"], part["x_label"], y_label, series, True))


def main():
    overload("hit")
    overload("miss")
    growth()


if __name__ == "__main__":
    main()
