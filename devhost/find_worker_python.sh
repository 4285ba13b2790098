#!/bin/sh
# Prints a Python of 3.13 or newer that really runs, for Azure's worker library, or nothing: shims on the PATH may fail.
for candidate in ${WORKER_PYTHON:-} python3.13 python3.14 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[3-9]*/bin/python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 13) <= sys.version_info[:2])' >/dev/null 2>&1; then
        echo "$candidate"
        exit 0
    fi
done
