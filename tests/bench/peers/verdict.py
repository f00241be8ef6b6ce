"""The judge of loss and doubles. It knows the answers that the tills got and what the hub's subscriber heard, and nothing that a
contestant says of itself."""

import collections


def accepted_ids(directory):
    return {line for file in directory.glob("accepted-*.txt") for line in file.read_text().split()}


def arrivals(heard_file):
    """(milliseconds, id) in the order of arrival."""
    if not heard_file.exists():
        return []
    with open(heard_file, encoding="ascii") as heard:
        return [(int(moment), sale) for moment, sale in map(str.split, heard)]


def judge(directory, heard_file):
    accepted = accepted_ids(directory)
    heard = collections.Counter(sale for _, sale in arrivals(heard_file))
    return {"accepted": len(accepted), "lost": len(accepted - heard.keys()),
            "doubled": sum(heard.values()) - len(heard)}
