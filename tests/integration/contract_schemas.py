"""The published JSON Schemas (docs/contract/schemas), as Python reads them."""

import json
import pathlib

import jsonschema

CONTRACT = pathlib.Path(__file__).resolve().parents[2] / "docs/contract"
BASE = "https://storeward.example/contract/"


def ecma_end(node):
    """In ECMA-262 `$` is the very end; Python's also matches before a last newline."""
    if isinstance(node, dict):
        return {k: v[:-1] + r"\Z" if k == "pattern" and v.endswith("$") else ecma_end(v)
                for k, v in node.items()}
    return [ecma_end(item) for item in node] if isinstance(node, list) else node


SCHEMAS = {BASE + path.name: ecma_end(json.loads(path.read_text()))
           for path in sorted((CONTRACT / "schemas").glob("*.json"))}


def validator(name):
    schema = SCHEMAS[BASE + name]
    resolver = jsonschema.RefResolver(BASE + name, schema, store=SCHEMAS)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)
