# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Debian packages by a private apt: own sources, own state, own cache. The machine's apt lists are never
# touched and nothing is installed. Proxies and credentials of the machine's configuration keep applying.
# Needs common.sh.

readonly APT_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly APT_MAX_AGE_MINUTES=360

apt_home() { printf '%s/apt\n' "$(cache_dir)"; }

# Prints the base address of the Debian archive ("debian") or of its security archive ("security")
# that the machine's own sources use.
apt_base() {
    local kind=$1 targets uri
    targets=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 2>/dev/null | sort -u)
    if [[ $kind == security ]]; then
        uri=$(awk '$2 ~ /-security$/ || $1 ~ /debian-security\/?$/ { print $1; exit }' <<<"$targets")
        [[ -n $uri ]] || uri=$(apt_base debian | sed 's#/debian/$#/debian-security/#')
    else
        uri=$(awk '$1 ~ /\/debian\/?$/ { print $1; exit }' <<<"$targets")
    fi
    [[ -n $uri ]] || die_missing "no Debian archive is configured in /etc/apt: add a source for it, for example in /etc/apt/sources.list.d/debian.sources"
    printf '%s\n' "$uri"
}

# apt_suite_base SUITE
apt_suite_base() {
    case $1 in
    *-security) apt_base security ;;
    *) apt_base debian ;;
    esac
}

# apt_prepare SUITE KEYRING: writes the private configuration for SUITE and prints its path.
apt_prepare() {
    local suite=$1 keyring=$2 home base part
    home=$(apt_home)/$suite
    base=$(apt_suite_base "$suite")
    mkdir -p "$home/parts" "$home/state/lists/partial" "$home/cache/archives/partial"
    : >"$home/status"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$base" "$suite" >"$home/sources.list"
    find "$home/parts" -type l -delete
    for part in /etc/apt/apt.conf.d/*; do
        [[ ! -f $part ]] || ln -sf -- "$part" "$home/parts/"
    done
    apt_settings "$home" >"$home/parts/zzz-private"
    printf 'Dir::Etc::Parts "%s/parts";\n' "$home" >"$home/apt.conf"
    printf '%s/apt.conf\n' "$home"
}

# apt_settings HOME: what differs from the machine's configuration.
apt_settings() {
    local home=$1
    cat <<EOF
Dir::State "$home/state";
Dir::State::status "$home/status";
Dir::State::extended_states "$home/extended_states";
Dir::Cache "$home/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "$home/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "$home";
APT::Architecture "amd64";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF
}

# apt_update CONFIG SUITE [--force]: reads the suite's package list, unless it is recent.
apt_update() {
    local config=$1 suite=$2 force=${3:-} stamp log
    stamp=$(dirname -- "$config")/updated
    log=$(dirname -- "$config")/update.log
    if [[ -z $force && -n $(find "$stamp" -mmin "-$APT_MAX_AGE_MINUTES" 2>/dev/null) ]]; then return 0; fi
    debug "reading the package list of $suite"
    if ! retry 3 env APT_CONFIG="$config" apt-get -q update -o APT::Update::Error-Mode=any >"$log" 2>&1; then
        grep -q NO_PUBKEY "$log" || sed 's/^/    /' "$log" | tail -n 8 >&2
        return 1
    fi
    touch "$stamp"
}

# apt_names CONFIG REGEX: prints the package names that match, oldest version first.
apt_names() {
    APT_CONFIG=$1 apt-cache pkgnames | grep -E -- "$2" | sort -V || true
}

# apt_download CONFIG FOLDER PACKAGE...: puts the .deb files into FOLDER.
apt_download() {
    local config=$1 folder=$2 log
    shift 2
    log=$folder/download.log
    if ! (cd -- "$folder" && retry 3 env APT_CONFIG="$config" apt-get -q download "$@" >"$log" 2>&1); then
        sed 's/^/    /' "$log" | tail -n 8 >&2
        return 1
    fi
    rm -f -- "$log"
}

# apt_keyring: prints the keys to check with: this machine's, or newer ones that they have vouched for.
apt_keyring() {
    local newer
    newer=$(apt_home)/keyring/usr/share/keyrings/debian-archive-keyring.gpg
    if [[ -s $newer ]]; then printf '%s\n' "$newer"; else printf '%s\n' "$APT_KEYRING"; fi
}

# apt_renew_keyring: fetches Debian's current keys from this machine's own release, which the old ones have signed.
apt_renew_keyring() {
    local codename config work
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    say "fetching Debian's current archive keys"
    config=$(apt_prepare "$codename" "$APT_KEYRING")
    apt_update "$config" "$codename" || return 1
    work=$(work_folder "$(apt_home)/keyring")
    apt_unpack "$config" "$work" debian-archive-keyring
    replace_folder "$(apt_home)/keyring" "$work/tree"
    rm -rf -- "$work"
}

# apt_open_locked SUITE FORCE: prepares and updates SUITE.
apt_open_locked() {
    local suite=$1 force=$2 config
    config=$(apt_prepare "$suite" "$(apt_keyring)")
    if apt_update "$config" "$suite" "$force"; then return 0; fi
    grep -q NO_PUBKEY "$(dirname -- "$config")/update.log" || return 1
    apt_renew_keyring || return 1
    config=$(apt_prepare "$suite" "$(apt_keyring)")
    apt_update "$config" "$suite" "$force"
}

# apt_open SUITE [--force]: prepares and updates SUITE; prints the configuration's path.
apt_open() {
    local suite=$1 force=${2:-}
    with_lock "$(apt_home)/lock" apt_open_locked "$suite" "$force" || return 1
    printf '%s/%s/apt.conf\n' "$(apt_home)" "$suite"
}

# apt_version CONFIG PACKAGE: prints the version that would be fetched.
apt_version() {
    APT_CONFIG=$1 apt-cache show --no-all-versions "$2" | sed -n 's/^Version: //p' | head -n 1
}

# apt_parts CONFIG PACKAGE REGEX: prints the packages that PACKAGE depends on and whose names match.
apt_parts() {
    APT_CONFIG=$1 apt-cache depends "$2" | sed -n 's/^ *|*Depends: //p' | grep -E -- "$3" || true
}

# apt_unpack CONFIG WORK PACKAGE...: downloads into WORK/deb and unpacks into WORK/tree.
apt_unpack() {
    local config=$1 work=$2 deb
    shift 2
    mkdir -p "$work/deb" "$work/tree"
    apt_download "$config" "$work/deb" "$@" || die "cannot download $*: try again, or with --update for a newer version"
    for deb in "$work"/deb/*.deb; do dpkg-deb -x "$deb" "$work/tree"; done
}
