"""The plots of docs/performance.md, as SVG."""

import collections

TITLES = {"throughput": "Throughput, events a second", "latency": "Latency: share of requests that took longer",
          "backlog": "A backlog being drained"}


def throughput(axes, figures):
    labels = list(figures)
    axes.barh(labels, list(figures.values()), color=["tab:blue" if "agent" in label else "tab:gray" for label in labels])
    axes.invert_yaxis()
    axes.set_xlabel("events/s")


def latency(axes, figures):
    for label, points in figures.items():
        axes.plot([us / 1000 for _, us in points], [1 - share for share, _ in points], label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("ms")
    axes.legend(fontsize="small")


def backlog(axes, figures):
    for label, points in figures.items():
        total = max(events for _, events in points)
        axes.plot([0] + [seconds for seconds, _ in points], [total] + [total - events for _, events in points],
                  label=label)
    axes.set_xlabel("seconds after the first event arrived")
    axes.set_ylabel("events still waiting")
    axes.set_xscale("symlog")
    axes.legend(fontsize="small")


DRAW = {"throughput": throughput, "latency": latency, "backlog": backlog}


def draw_all(results, folder):
    """Yields (kind, title) of each plot drawn."""
    figures = collections.defaultdict(dict)
    for result in results:
        for kind, of_kind in result["plots"].items():
            figures[kind].update(of_kind)
    if not figures:
        return
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "storeward"  # the same figures, the same bytes
    from matplotlib import pyplot
    folder.mkdir(exist_ok=True)
    for kind, title in TITLES.items():
        if kind not in figures:
            continue
        sheet, axes = pyplot.subplots(figsize=(9, 1.5 + 0.3 * len(figures[kind]) if kind == "throughput" else 5))
        DRAW[kind](axes, figures[kind])
        axes.set_title(title)
        axes.grid(alpha=0.3)
        sheet.savefig(folder / f"{kind}.svg", bbox_inches="tight", metadata={"Date": None})
        pyplot.close(sheet)
        yield kind, title
