# Brings promtool into the folder given, from Debian's package without installing it; says so where it cannot be had.
# It plays the alerts of docs/alerts.yml in a test. Nothing else needs it.
into=$1
mkdir -p "$into" || exit 1
if command -v promtool >/dev/null 2>&1; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "promtool is not here: the test that plays docs/alerts.yml is skipped" >&2; exit 0
fi
cd "$into" || exit 1
apt-get download -qq prometheus >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1; apt-get download -qq prometheus >/dev/null 2>&1; }
for package in prometheus_*.deb; do
    [ -f "$package" ] || { echo "promtool could not be had: the test that plays docs/alerts.yml is skipped" >&2; exit 0; }
    dpkg-deb -x "$package" . && rm -f "$package"
done
