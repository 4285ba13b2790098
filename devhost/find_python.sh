#!/bin/sh
# Prints a Python of 3.11 or newer that really runs (a shim on the PATH may be found and fail). PYTHON=... is taken first.
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' >/dev/null 2>&1; then
        echo "$candidate"
        exit 0
    fi
done
echo "error: no Python of 3.11 or newer runs here: install one, or name it with PYTHON=/path/to/python make ..." >&2
exit 2
