#!/bin/sh
# Prints a Python of 3.11 or newer that really runs (a shim on the PATH may be found and fail). PYTHON=... is the one to take: a
# command, a path, or a version such as 3.12.
if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON" "python$PYTHON" "${PYENV_ROOT:-$HOME/.pyenv}/versions/${PYTHON#python}"*/bin/python3
else
    set -- python3 python3.13 python3.12 python3.11 python
fi
for candidate in "$@"; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' >/dev/null 2>&1; then
        echo "$candidate"
        exit 0
    fi
done
echo "error: no ${PYTHON:-Python} of 3.11 or newer runs here: install one, or name it with PYTHON=/path/to/python make ..." >&2
exit 2
