#!/bin/bash
# Everything from one file on a Debian 12 with nothing but bash and apt: build, run, test,
# demo. `./komainu.sh help` lists the commands. Nothing is done twice: packages that are
# there are not asked for, what is built stays built.
set -eu -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
began=$(date +%s)

build_packages=(gcc libc6-dev make meson ninja-build pkgconf python3 libpcre2-dev
                libsqlite3-dev libseccomp-dev libsystemd-dev libarchive-dev
                zlib1g-dev libc-ares-dev libmaxminddb-dev)
net_packages=(nftables iproute2 util-linux procps)
mail_packages=(postfix dovecot-core)
test_packages=(libcmocka-dev logrotate perl mandoc systemd-journal-remote openssl openssh-client sasl2-bin zsh
               conntrack dbus python3-dbus python3-gi gir1.2-glib-2.0 postgrey db-util python3-yaml
               postfix-policyd-spf-python pflogsumm redis-server python3-systemd chromium fonts-noto-cjk python3-html5lib tidy)
package_packages=(debhelper dpkg-dev fakeroot lintian)
dovecot_packages=(dovecot-imapd dovecot-pop3d dovecot-submissiond dovecot-managesieved)

usage()
{
    cat <<'TEXT'
usage: ./komainu.sh COMMAND

  run [--state DIR] [--config DIR]   install what is missing, build, guard in the foreground
  test                               install what the tests need and run them all
  build                              build every program into build/
  package                            make a Debian package in build-package/ and check it
  demo                               a Postfix in a namespace of its own, attacked and guarded
  conformance FILE.jsonl [--filters DIR]
                                     fail2ban's filters over lines whose verdict is known
  help                               this text

run, test and demo need root. Set KOMAINU_LOG to keep the full output of the steps there.
TEXT
}

fail()
{
    echo "komainu.sh: $*" >&2
    exit 1
}

# step TEXT COMMAND...: says what is done now and how long it took; the command's output
# goes to the log, whose end is shown when the command fails.
step()
{
    local text=$1 start=$SECONDS
    shift
    printf '%s ... ' "$text"
    if "$@" >>"$log" 2>&1 </dev/null; then
        echo "$((SECONDS - start)) s"
        return 0
    fi
    echo "failed after $((SECONDS - start)) s"
    {
        echo "The last lines of $log:"
        tail -n 30 "$log"
    } >&2
    exit 1
}

need_root()
{
    [ "$(id -u)" = 0 ] || fail "$1 needs root"
}

missing()
{
    local package installed
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null) || true
    for package in "$@"; do
        grep -qx "$package installed" <<<"$installed" || echo "$package"
    done
}

# While packages come in, no service may start: a mail server that nobody has configured
# has no business on the network. A policy of the administrator's own is put back.
policy=/usr/sbin/policy-rc.d

forbid_services()
{
    if [ -e "$policy" ] && [ ! -e "$policy.komainu-saved" ]; then
        mv "$policy" "$policy.komainu-saved"
    fi
    printf '#!/bin/sh\n# komainu.sh: no service starts while packages are installed\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

allow_services()
{
    if [ -e "$policy.komainu-saved" ]; then
        mv -f "$policy.komainu-saved" "$policy"
    elif grep -qs '^# komainu.sh:' "$policy"; then
        rm -f "$policy"
    fi
}

apt_quiet()
{
    DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@"
}

install_packages()
{
    local wanted
    mapfile -t wanted < <(missing "$@")
    [ ${#wanted[@]} -gt 0 ] || return 0
    need_root "installing ${wanted[*]}"
    trap allow_services EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    forbid_services
    if [[ " ${wanted[*]} " == *" postfix "* ]]; then
        echo 'postfix postfix/main_mailer_type select Local only' | debconf-set-selections
    fi
    step "Asking for the lists of packages" apt_quiet update
    step "Installing ${wanted[*]}" apt_quiet install --no-install-recommends "${wanted[@]}"
    allow_services
    trap - EXIT INT TERM
}

# Another mail server would be removed by installing Postfix, so it stays and the tests
# with a Postfix skip.
other_mail_server()
{
    dpkg-query -W -f '${Package} ${db:Status-Status} ${Provides}\n' |
        awk '$2 == "installed" && $1 != "postfix" && /mail-transport-agent/ { print $1; exit }'
}

# Prints the mail packages that may be installed.
mail_packages_wanted()
{
    local other
    other=$(other_mail_server)
    if [ -n "$other" ] && [ -n "$(missing postfix)" ]; then
        echo "Postfix is not installed: it would remove $other. What needs it will be skipped." >&2
    else
        printf '%s\n' "${mail_packages[@]}"
    fi
}

# build_in FOLDER TARGET TEXT [meson options]
build_in()
{
    local folder=$here/$1 target=$2 text=$3
    shift 3
    [ -e "$folder/build.ninja" ] || step "Preparing ${folder#"$here/"}" meson setup "$folder" "$here" "$@"
    # Asking ninja what is to do takes no time; saying "building" for nothing would be a lie.
    if ninja -C "$folder" -n "$target" 2>/dev/null | grep -q 'no work to do'; then
        return 0
    fi
    step "$text" ninja -C "$folder" "$target"
}

# A build that was ended while it counted what runs often would go on counting.
forget_ended_build()
{
    [ ! -e "$here/build/counting" ] || rm -rf "$here/build"
}

# What is made to be used is compiled as a whole, knowing what runs often: it reads a third more lines
# a second, and takes twice as long to build. With the tests' programs that would be minutes more.
build()
{
    install_packages "${build_packages[@]}"
    forget_ended_build
    [ -e "$here/build/build.ninja" ] ||
        step "Building once to see what runs often (about a minute)" "$here/tools/optimize" "$here/build"
    build_in build all "Building (about two minutes)"
}

# A build made to run the guard is compiled as a whole: so would be each of the test programs, which takes
# many times as long. The tests have one of their own then. What fails names lines, and no variables.
add_tests()
{
    forget_ended_build
    tested=build
    if [ -e "$here/build/build.ninja" ] && ! grep -q 'base-span_test' "$here/build/build.ninja"; then
        tested=build-test
    fi
    build_in "$tested" all "Building (about two minutes)" -Dtests=enabled -Dc_args=-g1
    export KOMAINU_BUILD=$here/$tested
}

# Sanitizers see as much in code that is optimized less, which is compiled in half the time. Only what
# runs with them is built, by the faster linker.
add_sanitized_tests()
{
    local options=("-Db_sanitize=address,undefined" -Db_lundef=false -Doptimization=1)
    if command -v ld.gold >/dev/null; then
        options+=(-Dc_link_args=-fuse-ld=gold)
    fi
    build_in build-asan test-programs "Building again with AddressSanitizer and UBSan (about two minutes)" \
        "${options[@]}"
}

run()
{
    need_root run
    build
    rm -f "$log"
    exec "$here/build/komainud" "$@"
}

tests_of()
{
    find "$here/$1" -type f -perm -u+x \( -name '*_test' -o -name '*_fuzz' \) | sort
}

# Courier and Cyrus cannot be installed beside Dovecot, and fail2ban installed would run: they are
# unpacked for their tests, which skip when that is not possible.
fetch_servers()
{
    local name folder
    for name in courier cyrus fail2ban; do
        folder=/var/cache/komainu-test/$name
        [ ! -d "$folder" ] || continue
        printf 'Fetching %s for its test ... ' "$name"
        if "$here/test/lib/fetch_packages" "$name" "$folder.part" >>"$log" 2>&1; then
            mv "$folder.part" "$folder"
            echo "done"
        else
            rm -rf "$folder.part"
            echo "not possible; its test is skipped"
        fi
    done
}

test_all()
{
    local programs mail tested
    need_root test
    mapfile -t mail < <(mail_packages_wanted)
    if [[ " ${mail[*]} " == *" dovecot-core "* ]]; then
        mail+=("${dovecot_packages[@]}")
    fi
    install_packages "${build_packages[@]}" "${net_packages[@]}" "${test_packages[@]}" "${package_packages[@]}" \
        "${mail[@]}"
    fetch_servers
    add_tests
    add_sanitized_tests
    mapfile -t programs < <(tests_of "$tested"; find "$here/test/system" -name '*.t' | sort; tests_of build-asan)
    [ ${#programs[@]} -gt 0 ] || fail "there are no tests"
    cd "$here"
    run_tests "${programs[@]#"$here/"}"
}

# What takes longest, by file name, begins first: nothing of it is left to run by itself at the end.
longest=(package.t share.t report_store.t fail2ban_cli.t postfix_config.t holds.t names.t kill9.t actors.t
         fail2ban_socket.t migrate.t report_store_journal.t faults.t journal.t told.t dovecot.t report_folder.t boot.t
         gate-grey_merge_test sources.t firewalld.t adversity.t attack.t)

# Prints programs in the order in which they begin: the longest, other system tests, units.
in_order()
{
    local program name systems=() units=()
    for name in "${longest[@]}"; do
        for program in "$@"; do
            [ "${program##*/}" != "$name" ] || echo "$program"
        done
    done
    for program in "$@"; do
        name=${program##*/}
        if [[ " ${longest[*]} " == *" $name "* ]]; then
            continue
        elif [[ $name == *.t ]]; then
            systems+=("$program")
        else
            units+=("$program")
        fi
    done
    printf '%s\n' "${systems[@]}" "${units[@]}"
}

# Most of what a system test does is waiting, so several run at a time for each processor; what needs the
# machine for itself (it sets its clock, or counts what the processor does) runs alone afterwards, and so
# does, once more, whatever failed beside others: what fails then has failed.
run_tests()
{
    local program state jobs together=() alone=()
    for program in "$@"; do
        case ${KOMAINU_TEST_CLOCK:-}-${program##*/} in
            1-clock.t | 1-suspend.t) alone+=("$program") ;;
            *) together+=("$program") ;; # without a clock to step those two skip, wherever they run
        esac
    done
    mapfile -t together < <(in_order "${together[@]}")
    jobs=$((3 * $(nproc)))
    state=$(mktemp -d /tmp/komainu-tests-XXXXXX)
    export PYTHONPYCACHEPREFIX=$state/python
    echo "Running $# test programs: units, namespaces, units with sanitizers"
    if ! env -C "$state" prove --state=save --timer --failures "-j$jobs" --exec "$here/tools/tap-run" "${together[@]/#/$here/}"; then
        echo "What failed runs again, alone"
        if ! env -C "$state" prove --state=failed --timer --failures --exec "$here/tools/tap-run"; then
            rm -rf "$state"
            fail "some tests failed"
        fi
    fi
    if [ ${#alone[@]} -gt 0 ] && ! prove --timer --failures --exec tools/tap-run "${alone[@]}"; then
        rm -rf "$state"
        fail "some tests failed"
    fi
    rm -rf "$state"
}

# The package is made of a copy, so that nothing of it lies about in the checkout.
package()
{
    local place=$here/build-package found
    install_packages "${build_packages[@]}" "${package_packages[@]}"
    rm -rf "$place"
    mkdir -p "$place/komainu"
    tar -C "$here" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$place/komainu" -xf -
    step "Building the package (about two minutes)" env -C "$place/komainu" dpkg-buildpackage -us -uc -b
    rm -rf "$place/komainu"
    found=("$place"/komainu_*.deb)
    step "Checking it with lintian" lintian --fail-on error --allow-root "${found[@]}"
    echo "${found[0]}"
}

demo()
{
    local mail
    need_root demo
    mapfile -t mail < <(mail_packages_wanted)
    install_packages "${build_packages[@]}" "${net_packages[@]}" "${mail[@]}"
    build
    exec python3 "$here/tools/demo.py"
}

# Rows of FILE.jsonl through the filters of DIR (/etc/fail2ban); tools/conformance.py says what a row is.
conformance()
{
    build
    python3 "$here/tools/conformance.py" --komainu "$here/build/komainu" "$@"
}

command=${1:-help}
[ $# -eq 0 ] || shift
log=${KOMAINU_LOG:-$(mktemp /tmp/komainu-XXXXXX.log)}
case $command in
    run) run "$@" ;;
    test) test_all ;;
    build) build ;;
    package) package ;;
    demo) demo ;;
    conformance) conformance "$@" || exit ;;
    help | -h | --help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
[ -n "${KOMAINU_LOG:-}" ] || rm -f "$log"
[ "$command" != build ] || echo "build/komainu and build/komainud are ready, $(($(date +%s) - began)) s"
