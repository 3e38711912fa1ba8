#!/bin/bash
# Builds one lock under conditions that must not matter, and compares the images byte for byte.
#
# usage: reproduce.sh ENVLOCK [LOCK]
#
# Without a lock, a small one is resolved first; that and the first build ask the configured index and mirror.
set -euo pipefail

envlock=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/project"
cd "$work/project"

if [[ $# -gt 1 ]]; then
  cp "$OLDPWD/$2" envlock.lock 2>/dev/null || cp "$2" envlock.lock
else
  cat > envlock.toml <<'END'
[environment]
python = "3.11"
requirements = ["numpy", "requests"]

[base]
debian = "bookworm"

[image]
copy = ["train.py", "src"]
workdir = "/app"
user = "1000:1000"
cmd = ["python", "train.py"]
bytecode = true
END
  mkdir -p src/deep
  printf 'import numpy\nprint(numpy.arange(5) @ numpy.arange(5))\n' > train.py
  printf 'VALUE = 1\n' > src/deep/model.py
  ln -s deep/model.py src/link.py
  ENVLOCK_CACHE_DIR="$work/cold" "$envlock" resolve --quiet
fi

# The files of an image with their digests, but for the place on the disk.
digests() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

failed=0
check() { # NAME COMMAND…: builds into $work/NAME
  local name=$1
  shift
  "$@" > "$work/$name.digest"
  digests "$work/$name" > "$work/$name.files"
  if cmp -s "$work/first.files" "$work/$name.files" && cmp -s "$work/first.digest" "$work/$name.digest"; then
    echo "same       $name"
  else
    echo "DIFFERENT  $name"
    diff "$work/first.files" "$work/$name.files" | head -20 || true
    failed=1
  fi
}
check first env ENVLOCK_CACHE_DIR="$work/cold" "$envlock" build --quiet -o "$work/first"
check warm-store env ENVLOCK_CACHE_DIR="$work/cold" "$envlock" build --quiet -o "$work/warm-store"

# A store that lost every second of its files.
cp -r "$work/cold" "$work/half"
find "$work/half/artifacts/sha256" "$work/half/layers/sha256" -type f | LC_ALL=C sort | awk 'NR % 2' | xargs rm -f
check half-filled-store env ENVLOCK_CACHE_DIR="$work/half" "$envlock" build --quiet -o "$work/half-filled-store"

# Nothing in the store, one job, so that things are fetched and made one after the other.
check one-job env ENVLOCK_CACHE_DIR="$work/one" ENVLOCK_JOBS=1 "$envlock" build --quiet -o "$work/one-job"
check many-jobs env ENVLOCK_CACHE_DIR="$work/many" ENVLOCK_JOBS=16 "$envlock" build --quiet -o "$work/many-jobs"

index=${ENVLOCK_INDEX_URL:-}
odd() (
  mkdir -p "$work/odd-home" "$work/odd-tmp"
  umask 077
  cd /
  env -i PATH="$PATH" HOME="$work/odd-home" TMPDIR="$work/odd-tmp" TZ=Asia/Kathmandu LANG=tr_TR.UTF-8 \
    LC_ALL=tr_TR.UTF-8 SOURCE_DATE_EPOCH=1 PYTHONHASHSEED=7 ${index:+ENVLOCK_INDEX_URL="$index"} \
    ENVLOCK_CACHE_DIR="$work/odd" "$envlock" build --quiet --lock "$work/project/envlock.lock" -o "$work/odd-surroundings"
)
check odd-surroundings odd

# Modes and times of the user's files, and another folder for the project.
moved() (
  cp -r "$work/project" "$work/elsewhere"
  cd "$work/elsewhere"
  find . -type f -exec chmod go-rwx {} + -exec touch -d 2001-02-03 {} +
  ENVLOCK_CACHE_DIR="$work/cold" "$envlock" build --quiet -o "$work/moved-project"
)
check moved-project moved

if [[ $EUID -eq 0 ]] && command -v setpriv > /dev/null; then
  mkdir -m 777 "$work/user"
  other() {
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$work/user" \
      ENVLOCK_CACHE_DIR="$work/user/cache" ${index:+ENVLOCK_INDEX_URL="$index"} \
      "$envlock" build --quiet -o "$work/user/image"
    cp -r "$work/user/image" "$work/other-user"
  }
  check other-user other
fi

if [[ $failed -ne 0 ]]; then exit 1; fi
echo "every image is $(cat "$work/first.digest")"
