#!/usr/bin/env python3
"""Says which public items of a crate have no example; exits with 1 if there are any.

    doc-examples.py CRATE.json        what `rustdoc --output-format json` wrote

A module, type, trait, function or macro has an example if its own documentation has a code block, or
that of one of its methods, variants or fields, or if it links to something that has one ("the future
of [`Signal::wait`]"). Methods need none of their own.
"""

import json, sys

KINDS = ["module", "struct", "enum", "union", "trait", "function", "macro", "type_alias", "static"]


def main(path):
    index = json.load(open(path))["index"]

    def item(number):
        return index.get(str(number))

    def has_block(entry):
        return "```" in (entry.get("docs") or "")

    def parts(entry):
        """What belongs to a type: variants and fields, and the items of its inherent impls."""
        inner = entry["inner"]
        for kind in ("struct", "enum", "union"):
            if kind in inner:
                yield from inner[kind].get("variants", [])
                for number in inner[kind]["impls"]:
                    made = item(number)
                    if made and made["inner"]["impl"]["trait"] is None:
                        yield from made["inner"]["impl"]["items"]
        if "trait" in inner:
            yield from inner["trait"]["items"]

    owners = {part: entry for entry in index.values() for part in parts(entry)}

    def has_example(entry):
        return has_block(entry) or any(has_block(part) for part in map(item, parts(entry)) if part)

    def leads_to_one(entry, links=2):
        """Has an example, or links to what has one; "the future of [`X::y`]", "see [`X`]"."""
        return has_example(entry) or links > 0 and any(
            leads_to_one(owners.get(target["id"], target), links - 1)
            for target in filter(None, map(item, entry["links"].values())))

    seen, lacking = set(), []

    def visit(number):
        entry = item(number)
        if entry is None or number in seen:
            return
        seen.add(number)
        inner = entry["inner"]
        if "use" in inner:
            visit(inner["use"]["id"])
            return
        if not any(kind in inner for kind in KINDS):
            return
        if not leads_to_one(entry):
            span = entry["span"]
            lacking.append(f"{span['filename']}:{span['begin'][0]}: {entry['name']}")
        if "module" in inner:
            for child in inner["module"]["items"]:
                if (found := item(child)) and (found["visibility"] == "public" or "use" in found["inner"]):
                    visit(child)

    visit(json.load(open(path))["root"])
    print("\n".join(sorted(lacking)) or f"{path}: each of {len(seen)} items has an example")
    return 1 if lacking else 0


sys.exit(main(sys.argv[1]))
