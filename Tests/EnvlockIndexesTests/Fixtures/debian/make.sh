#!/bin/sh
# Makes the archive that the tests of Debian's suites are run against, with keys that are thrown away. It has to be run
# again only where something in it is to change; all of it changes then.
set -eu
cd "$(dirname "$0")"
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'rm -rf "$GNUPGHOME"' EXIT
# Long ago, so that no clock finds a signature in the future.
gpg="gpg --batch --quiet --faked-system-time 20200101T000000!"

for name in archive stranger; do
  $gpg --passphrase '' --quick-generate-key "envlock test $name <$name@example.org>" ed25519 sign never
  gpg --batch --quiet --export "$name@example.org" > "$name.gpg"
done

package() { # name version size depends
  printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: Nobody <nobody@example.org>\n' "$1" "$2"
  [ -z "${4-}" ] || printf 'Depends: %s\n' "$4"
  printf 'Description: for tests\n of a few lines\nFilename: pool/main/%s_%s_amd64.deb\nSize: %s\n' "$1" "$2" "$3"
  printf 'SHA256: %s\n\n' "$(printf '%s %s' "$1" "$2" | sha256sum | cut -d' ' -f1)"
}

lists() { # folder
  mkdir -p "$1"
  cat > "$1/Packages"
  xz -k -f "$1/Packages"
  gzip -n -k -f "$1/Packages"
}

{
  package libc6 2.36-9 2700 libgcc-s1
  package libgcc-s1 12.2.0-14 48 libc6
  package tzdata 2025b-0 300 'debconf (>= 0.5) | debconf-2.0'
  package debconf 1.5.82 120
} | lists bookworm
package tzdata 2026a-0 310 'debconf (>= 0.5) | debconf-2.0' | lists bookworm-updates
package libc6 2.36-9+deb12u1 2701 libgcc-s1 | lists bookworm-security

release() { # suite codename version more…
  printf 'Origin: Debian\nLabel: Debian\nSuite: %s\nVersion: %s\nCodename: %s\n' "$2" "$3" "$1"
  shift 3
  for line in "$@"; do printf '%s\n' "$line"; done
  printf 'Architectures: all amd64 arm64\nComponents: main\nSHA256:\n'
}

sums() { # folder suffix…
  folder=$1
  shift
  for end in "$@"; do
    file="$folder/Packages$end"
    printf ' %s %s main/binary-amd64/Packages%s\n' "$(sha256sum "$file" | cut -d' ' -f1)" "$(wc -c < "$file")" "$end"
  done
}

sign() { # output key…
  output=$1
  shift
  users=
  for key in "$@"; do users="$users --local-user $key@example.org"; done
  # shellcheck disable=SC2086
  $gpg --yes --digest-algo SHA512 $users --clear-sign --output "$output"
}

day='Date: Sat, 11 Jan 2020 10:00:00 UTC'
week='Valid-Until: Sat, 18 Jan 2020 10:00:00 UTC'
main() {
  release bookworm oldstable 12.9 "$day" 'Acquire-By-Hash: yes'
  sums bookworm '' .gz .xz
}
main | sign bookworm/InRelease archive
main | sign bookworm/InRelease.stranger stranger
main | sign bookworm/InRelease.both stranger archive
# A list that only gzip compresses, found under its plain name, and a release that goes out of date.
{
  release bookworm-updates oldstable-updates 12-updates "$day" "$week"
  sums bookworm-updates '' .gz
} | sign bookworm-updates/InRelease archive
{
  release bookworm-security oldstable-security 12 "$day" "$week" 'Acquire-By-Hash: yes'
  sums bookworm-security '' .xz
} | sign bookworm-security/InRelease archive
rm bookworm/Packages bookworm/Packages.gz bookworm-updates/Packages bookworm-updates/Packages.xz
rm bookworm-security/Packages bookworm-security/Packages.gz
