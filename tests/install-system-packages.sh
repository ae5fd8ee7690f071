#!/bin/sh
# Installs what some tests need beside Python, where that is possible without asking: as root,
# with apt-get. Elsewhere those tests are skipped and say what they miss. Starts no service.
#
#   browser tests     chromium
#   end-to-end tests  the daemons of the mail lab, by the lab's own installer ($MAILTRACER_LAB)
#   benchmark test    pflogsumm
#   alert rules       promtool, taken out of Debian's prometheus: its service is not wanted
#   queue tests       sudo
set -eu
PATH=$PATH:/usr/sbin:/sbin

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "system packages: not root, or no apt-get; tests that miss one are skipped" >&2
    exit 0
fi

missing=
command -v chromium >/dev/null || missing="$missing chromium"
command -v pflogsumm >/dev/null || missing="$missing pflogsumm"
command -v sudo >/dev/null || missing="$missing sudo"
if [ -n "$missing" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update
    # shellcheck disable=SC2086 # one word a package
    apt-get -q install -y --no-install-recommends $missing
fi

if ! command -v promtool >/dev/null; then
    folder=$(mktemp -d)
    if (cd "$folder" && apt-get -q download prometheus && dpkg-deb -x prometheus_*.deb .); then
        install -m 755 "$folder/usr/bin/promtool" /usr/local/bin/promtool
    else
        echo "promtool: not to be had; the tests of alert rules are skipped" >&2
    fi
    rm -rf "$folder"
fi

lab=${MAILTRACER_LAB:-}
if [ -n "$lab" ] && [ -x "$lab/install.sh" ]; then
    for command in postfix dovecot spamd clamd clamav-milter opendkim postgrey rsyslogd dnsmasq; do
        if ! command -v "$command" >/dev/null; then
            "$lab/install.sh"
            break
        fi
    done
fi
