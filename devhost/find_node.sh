#!/bin/sh
# Says in one line what is missing where Node of 18 or newer, or npm, does not run.
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' >/dev/null 2>&1; then
    echo "error: Node of 18 or newer does not run here: install it, Azurite (the local queue storage) needs it" >&2
    exit 2
fi
if ! npm --version >/dev/null 2>&1; then
    echo "error: npm does not run here: install it, it comes with Node" >&2
    exit 2
fi
