#!/bin/sh
# Prints the path of a browser of Chromium's family, for the tests in tests/browser: the headless shell if there is one, which
# has no windows to draw and needs a third less CPU. Where there is none of them it is installed from Debian's package, if that
# is possible; else nothing is printed but why, and those tests are skipped. `--look`: installs nothing.
found() {
    for name in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        path=$([ -n "$name" ] && command -v "$name" 2>/dev/null) && { echo "$path"; return 0; }
    done
    return 1
}
found && exit 0
[ "$1" = --look ] && exit 0
if [ "$(id -u)" = 0 ]; then with=; elif sudo -n true 2>/dev/null; then with=sudo; else with=false; fi
if [ "$with" != false ] && command -v apt-get >/dev/null 2>&1; then
    installed() { $with apt-get install -y -qq chromium-headless-shell >/dev/null 2>&1 || $with apt-get install -y -qq chromium >/dev/null 2>&1; }
    installed || { $with apt-get update -qq >/dev/null 2>&1; installed; }
    found && exit 0
fi
echo "there is no Chromium here, and it could not be installed: the tests of the console in a browser are skipped" >&2
