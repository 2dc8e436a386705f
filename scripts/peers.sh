#!/bin/sh
# Installs what the tests run against and starts PostgreSQL; says one line a step; safe to repeat.
set -eu

PACKAGES="dcmtk dicom3tools orthanc orthanc-dicomweb libgdcm-tools chromium faketime postgresql"

root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=""
for package in $PACKAGES; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    command -v apt-get >/dev/null || { echo "peers: install by hand:$missing" >&2; exit 1; }
    echo "peers: installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    root apt-get -qq update
    # policy-rc.d 101: nothing that is installed here may start by itself and take a port.
    policy=/usr/sbin/policy-rc.d
    made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | root tee "$policy" >/dev/null
        root chmod 755 "$policy"
        made=yes
    fi
    status=0
    # shellcheck disable=SC2086  # a list of names
    root apt-get -qq install -y --no-install-recommends $missing >/dev/null || status=$?
    [ -z "$made" ] || root rm -f "$policy"
    [ "$status" -eq 0 ] || { echo "peers: apt-get could not install$missing" >&2; exit 1; }
fi

# Debian's own Orthanc service holds 8042 and 4242; tests start theirs on ports of their own.
if [ -x /etc/init.d/orthanc ] && root /etc/init.d/orthanc status >/dev/null 2>&1; then
    root /etc/init.d/orthanc stop >/dev/null 2>&1 || true
fi

ready() { pg_isready -q -h 127.0.0.1 -p 5432; }
if ! ready; then
    set -- $(pg_lsclusters -h | awk '$3 == 5432 {print $1, $2; exit}')
    [ $# -eq 2 ] || { echo "peers: there is no PostgreSQL cluster on port 5432 (pg_createcluster makes one)" >&2; exit 1; }
    echo "peers: starting PostgreSQL $1/$2"
    root pg_ctlcluster "$1" "$2" start || true
    tries=0
    until ready; do
        tries=$((tries + 1))
        [ "$tries" -lt 30 ] || { echo "peers: PostgreSQL does not answer on 127.0.0.1:5432" >&2; exit 1; }
        sleep 1
    done
fi

# A role of the tests' own: Debian lets nobody but `postgres` in, by the local socket.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else sudo -n -u postgres "$@"; fi
}
if ! PGPASSWORD=isocentre_test psql -qAt -h 127.0.0.1 -U isocentre_test -d postgres -c 'select 1' >/dev/null 2>&1; then
    echo "peers: making the PostgreSQL role of the tests"
    (cd / && as_postgres psql -qAt -p 5432 -d postgres \
        -c "create role isocentre_test login createdb password 'isocentre_test'") >/dev/null
fi
echo "peers: ready"
