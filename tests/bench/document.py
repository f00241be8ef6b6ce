"""docs/performance.md and its plots, from the rows that the measures left. What is written by hand is kept."""

import json

import plots

BY_HAND = "## What was learnt"


def number(value):
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def figure(of, unit):
    """`of`: as frame.Figure, or as a dictionary of its fields."""
    if of is None:
        return "–"
    fields = of if isinstance(of, dict) else vars(of)
    spread = f" ± {fields['spread'] / 2:.0%}" if fields["runs"] > 1 else ""
    return f"{number(fields['median'])} {unit}{spread}".replace("  ", " ")


def verdict(met):
    return {True: "yes", False: "**no**", None: ""}[met]


def line_of(row):
    """For the terminal."""
    known = f"   {row.beside} {figure(row.known, row.unit)}" if row.known else ""
    ratio = f"   ratio {row.ratio:.2f}" if row.ratio is not None else ""
    goal = f"   goal {row.goal}: {verdict(row.met).strip('*')}" if row.goal else ""
    remark = f"   ({row.remark})" if row.remark else ""
    return f"{row.name}: {figure(row.agent, row.unit)}{known}{ratio}{goal}{remark}"


def table_line(row):
    known = f"{row['beside']}: {figure(row['known'], row['unit'])}" if row["known"] else "–"
    ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else ""
    cells = [row["name"], known, figure(row["agent"], row["unit"]), ratio, row["goal"], verdict(row["met"]),
             row["remark"]]
    return "| " + " | ".join(cells) + " |"


def section(result):
    return [f"### {result['measure']}", "", result["about"], "",
            f"`tests/bench/run {result['measure']}`, {result['rounds']} round{'s' * (result['rounds'] > 1)} in turn, {result['when']}, "
            f"{result['commit']}", "",
            "| measure | beside it | agent | ratio | goal | met | |", "|---|---|---|---|---|---|---|",
            *map(table_line, result["rows"]), ""]


def summary(results):
    goals = [row for result in results for row in result["rows"] if row["met"] is not None]
    missed = [row for row in goals if not row["met"]]
    lines = [f"{len(goals) - len(missed)} of {len(goals)} goals are met."]
    if missed:
        lines += ["Not met:", ""] + [
            f"- {row['name']}: {figure(row['agent'], row['unit'])}"
            + (f", {row['ratio']:.2f} × {row['beside']}" if row["ratio"] is not None else "")
            + f", where the goal is {row['goal']}" for row in missed]
    return [*lines, ""]


def written_by_hand(path):
    text = path.read_text() if path.exists() else ""
    return text[text.index(BY_HAND):] if BY_HAND in text else f"{BY_HAND}\n"


def write(docs, results_folder, order):
    results = [json.loads((results_folder / f"{name}.json").read_text())
               for name in order if (results_folder / f"{name}.json").exists()]
    if not results:
        return
    path = docs / "performance.md"
    by_hand = written_by_hand(path)
    machines = sorted({result["machine"] for result in results})
    lines = [
        "# Performance", "",
        "Made by `tests/bench/run`, which says how; all but the last section. Generator, agent, broker and subscriber share",
        "one machine. Each figure is the median of rounds played in turn, ± half of the spread from the smallest to the",
        "largest; a ratio is the median of the rounds' ratios. The machine is shared and noisy: ratios of one run mean",
        "something, figures of different days do not.", "",
        *[f"Machine: {one}." for one in machines], "",
        *summary(results)]
    for kind, title in plots.draw_all(results, docs / "performance"):
        lines += [f"![{title}](performance/{kind}.svg)", ""]
    lines += ["## Figures", ""]
    for result in results:
        lines += section(result)
    path.write_text("\n".join(lines) + "\n" + by_hand)
